import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import {
  CLOSE_CODES,
  closeCodeLabel,
  explainCloseCode,
  isSendableCloseCode,
  POLICY,
  SERVICE_RESTART,
  TOO_LARGE,
  TOO_SLOW,
} from "../src/close_codes.ts";

const TABLE = Object.entries(CLOSE_CODES).map(([code, facts]) => ({
  code: Number(code),
  ...facts,
}));

Deno.test("CLOSE_CODES has a name of its own and a sentence for each code", () => {
  for (const { name, meaning } of TABLE) {
    assertMatch(name, /^[a-z]+(_[a-z]+)*$/);
    assertMatch(meaning, /^[A-Z].*\.$/);
  }
  const names = TABLE.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
});

Deno.test("CLOSE_CODES says come back below 4500 and stay away from 4500 on", () => {
  for (const { code, reconnect } of TABLE.filter(({ code }) => code >= 4000)) {
    assertEquals(reconnect, code < 4500, `${code}`);
  }
});

Deno.test("CLOSE_CODES sends a client back after a restart or overload, not after its own fault", () => {
  const advice = (code: number) => CLOSE_CODES[code]?.reconnect;
  assertEquals([1011, 1012, 1013, 4002].map(advice), [true, true, true, true]);
  assertEquals([1000, 1008, 1009].map(advice), [false, false, false]);
});

Deno.test("the codes that the server sends are in the table and may be sent", () => {
  assertEquals([SERVICE_RESTART, TOO_LARGE, POLICY, TOO_SLOW], [1012, 1009, 1008, 4002]);
  for (const code of [SERVICE_RESTART, TOO_LARGE, POLICY, TOO_SLOW, 1011]) {
    assert(CLOSE_CODES[code], `${code}`);
    assert(isSendableCloseCode(code), `${code}`);
  }
});

Deno.test("isSendableCloseCode() allows what RFC 6455 section 7.4 allows", () => {
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1011, 1012, 1013, 3000, 4000, 4999]) {
    assert(isSendableCloseCode(code), `${code}`);
  }
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1014, 1015, 1016, 2999, 5000, 65_535]) {
    assert(!isSendableCloseCode(code), `${code}`);
  }
});

Deno.test("isSendableCloseCode() refuses the codes that the table says are never sent", () => {
  const neverSent = TABLE.filter(({ meaning }) => meaning.includes("never sent as a code"));
  assertEquals(neverSent.map(({ code }) => code), [1005, 1006]);
  assert(neverSent.every(({ code }) => !isSendableCloseCode(code)));
});

Deno.test("explainCloseCode() gives the table's sentence for a known code", () => {
  for (const { code, meaning } of TABLE) assertEquals(explainCloseCode(code), meaning);
});

Deno.test("explainCloseCode() has a sentence for every range of unknown codes", () => {
  for (
    const [code, wanted] of [
      [0, /^No Close handshake/],
      [1, /^Not a valid code/],
      [999, /^Not a valid code/],
      [1004, /^Reserved for the protocol/],
      [2999, /^Reserved for the protocol/],
      [3000, /^Registered with IANA/],
      [3999, /^Registered with IANA/],
      [4001, /may come back/],
      [4499, /may come back/],
      [4502, /must not come back/],
      [4999, /must not come back/],
      [5000, /^Not a valid code/],
    ] as const
  ) assertMatch(explainCloseCode(code), wanted, `${code}`);
  assertNotEquals(explainCloseCode(4499), explainCloseCode(4500));
});

Deno.test("closeCodeLabel() knows the table, calls 0 by its usual name, and all the rest other", () => {
  assertEquals([1000, 1012, 4501, 0, 1006].map(closeCodeLabel), [
    "1000",
    "1012",
    "4501",
    "1006",
    "1006",
  ]);
  for (const code of [999, 1004, 3000, 4001, 4999, 65_535]) {
    assertEquals(closeCodeLabel(code), "other");
  }
});
