import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { normalOrigin, refuseOrigin } from "../src/http/origin.ts";

Deno.test("normalOrigin() keeps scheme, host and port, in lower case, and drops the rest", () => {
  for (
    const [text, wanted] of [
      ["http://localhost:8080", "http://localhost:8080"],
      ["HTTP://LocalHost:8080", "http://localhost:8080"],
      ["https://chat.example/room?a=b#c", "https://chat.example"],
      ["https://chat.example/", "https://chat.example"],
      ["https://chat.example:443", "https://chat.example"],
      ["http://chat.example:80", "http://chat.example"],
      ["http://chat.example:443", "http://chat.example:443"],
      ["http://[::1]:8080", "http://[::1]:8080"],
      ["http://127.0.0.1", "http://127.0.0.1"],
      ["http://bücher.example", "http://xn--bcher-kva.example"],
      ["chrome-extension://abcdefgh", "chrome-extension://abcdefgh"],
    ] as const
  ) assertEquals(normalOrigin(text), wanted, text);
});

const MALFORMED = [
  "",
  " ",
  "null",
  "*",
  "localhost",
  "localhost:8080",
  "//localhost:8080",
  "http:",
  "http:/localhost",
  "http://",
  "http:///path",
  "http://?",
  "http://host:port",
  "http://host:70000",
  "http://ho st",
  " http://localhost:8080",
  "http://[::1",
  "http://localhost:8080, http://other.example",
  "http://%zz",
  "1http://localhost",
];

Deno.test("normalOrigin() is undefined for what is no origin", () => {
  for (const text of MALFORMED) assertEquals(normalOrigin(text), undefined, JSON.stringify(text));
});

Deno.test("normalOrigin() does not read through what a URL parser forgives", () => {
  // A URL parser drops tabs and line ends, and takes a backslash for a slash.
  for (
    const text of ["http://local\thost:8080", "http://local\nhost:8080", "http://a.example\\b"]
  ) {
    assertEquals(normalOrigin(text), undefined, JSON.stringify(text));
  }
});

Deno.test("normalOrigin() changes nothing when applied again", () => {
  fc.assert(fc.property(fc.webUrl(), (url) => {
    const origin = normalOrigin(url);
    assertEquals(origin, new URL(url).origin);
    assertEquals(normalOrigin(origin!), origin);
  }));
});

const ALLOWED = ["http://localhost:8080", "https://chat.example"];

Deno.test("refuseOrigin() allows what is on the list, whatever its case and path", () => {
  for (
    const origin of [
      "http://localhost:8080",
      "HTTP://LOCALHOST:8080",
      "http://localhost:8080/page?x#y",
      "https://Chat.Example",
      "https://chat.example:443",
    ]
  ) assertEquals(refuseOrigin(origin, ALLOWED), undefined, origin);
});

Deno.test("refuseOrigin() refuses another port, scheme or host", () => {
  for (
    const origin of [
      "http://localhost:8081",
      "http://localhost",
      "https://localhost:8080",
      "http://chat.example",
      "https://chat.example:8443",
      "https://chat.example.evil.example",
      "https://evil-chat.example",
      "https://sub.chat.example",
      "https://chat.example@evil.example",
      "https://evil.example/https://chat.example",
      "http://127.0.0.1:8080",
    ]
  ) assertEquals(refuseOrigin(origin, ALLOWED), "Origin is not allowed", origin);
});

Deno.test("refuseOrigin() tells missing, empty and malformed apart", () => {
  assertEquals(refuseOrigin(null, ALLOWED), "Origin is missing");
  assertEquals(refuseOrigin("", ALLOWED), "Origin is empty");
  assertEquals(refuseOrigin("null", ALLOWED), "Origin is malformed");
  assertEquals(refuseOrigin("localhost:8080", ALLOWED), "Origin is malformed");
});

Deno.test("refuseOrigin() lets a * allow every origin that is one, and no absence of one", () => {
  assertEquals(refuseOrigin("https://anywhere.example", ["*"]), undefined);
  assertEquals(refuseOrigin("https://anywhere.example", [...ALLOWED, "*"]), undefined);
  assertEquals(refuseOrigin(null, ["*"]), "Origin is missing");
  for (const text of MALFORMED.slice(1)) {
    assertEquals(refuseOrigin(text, ["*"]), "Origin is malformed", JSON.stringify(text));
  }
});

Deno.test("refuseOrigin() refuses all when nothing is allowed", () => {
  assertEquals(refuseOrigin("http://localhost:8080", []), "Origin is not allowed");
});
