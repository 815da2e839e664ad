import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { CATEGORIES, type Category, classifyEnd, type ConnectionEnd } from "../src/errors.ts";

const NAMES = Object.keys(CATEGORIES) as Category[];

/** A connection that was open and broke with an error of this text. */
const broke = (error: string) => ({ code: 0, error });
/** One that we closed with 1012 before it ended with `code`. */
const left = (code: number) => ({ code, sent: 1012 });

/** Every row of what the runtime reports; `tests/runtime_endings_test.ts` shows that it does. */
const ENDS: [when: string, end: Partial<ConnectionEnd>, category: Category][] = [
  ["the peer closes with 1000", { code: 1000, reason: "bye" }, "normal"],
  ["the peer closes with 1001", { code: 1001 }, "going_away"],
  ...[1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013].map((code) =>
    [`the peer closes with ${code}`, { code }, "peer_complained"] as typeof ENDS[number]
  ),
  ...[3000, 3999, 4000, 4999].map((code) =>
    [`the peer closes with ${code}`, { code }, "application_close"] as typeof ENDS[number]
  ),
  ["the peer closes without a code", { code: 1005 }, "no_status"],
  ["the peer closes with a code nobody may send", broke("Invalid close code"), "protocol_error"],
  ["a Close payload has one byte", broke("Invalid close frame"), "protocol_error"],
  ["a Close reason is not UTF-8", broke("Invalid UTF-8"), "invalid_payload"],
  ["the peer resets", broke("Connection reset by peer (os error 104)"), "reset"],
  ["the peer resets and we write", broke("Broken pipe (os error 32)"), "reset"],
  ["the peer resets under a pong", broke("Failed to send frame"), "reset"],
  [
    "a reset overtakes our close",
    { ...broke("TypeError: Connection reset by peer (os error 104)"), sent: 1012 },
    "reset",
  ],
  ["the peer says FIN without a Close", broke("Unexpected EOF"), "abnormal"],
  ["a reserved bit is set", broke("Reserved bits are not zero"), "protocol_error"],
  ["the opcode is unknown", broke("Invalid value"), "protocol_error"],
  [
    "a control frame is fragmented",
    broke("Control frame must not be fragmented"),
    "protocol_error",
  ],
  ["a ping is too long", broke("Ping frame too large"), "protocol_error"],
  ["nothing is continued", broke("Invalid continuation frame"), "protocol_error"],
  ["a fragmented message is interrupted", broke("Invalid fragment"), "protocol_error"],
  ["a text is not UTF-8", broke("Invalid UTF-8"), "invalid_payload"],
  ["a frame has 64 MiB", broke("Frame too large"), "frame_too_large"],
  [
    "a ping is not answered",
    {
      code: 1001,
      reason: "No response from ping frame.",
      error: "No response from ping frame.",
    },
    "idle_timeout",
  ],
  ["our close is echoed", { ...left(1012), reason: "server restarting" }, "closed_by_us"],
  ["our close crosses the peer's", left(1000), "normal"],
  ["our close is answered with another code", left(4000), "application_close"],
  ["our close is followed by FIN, RST, garbage or a ping", left(1005), "close_unconfirmed"],
  ["our close is followed by data or a pong", left(0), "close_crossed"],
  ["shutdown() closes it", { code: 1005 }, "no_status"],
  ["the handshake is never done", { code: 0, opened: false }, "never_opened"],
  ["nothing is known but that it ended", { code: 0 }, "unknown"],
  ["the runtime has a new error", broke("The moon is full"), "unknown"],
];

for (const [when, end, category] of ENDS) {
  Deno.test(`classifyEnd() says ${category} when ${when}`, () => {
    assertEquals(classifyEnd({ code: 0, reason: "", opened: true, ...end }), category);
  });
}

Deno.test("classifyEnd() does not let a peer pass for an idle timeout by the reason it gives", () => {
  const end = { code: 1001, reason: "No response from ping frame.", opened: true };
  assertEquals(classifyEnd(end), "going_away");
});

Deno.test("classifyEnd() has a category for whatever the runtime may report", () => {
  const end = fc.record({
    code: fc.nat(65_535),
    reason: fc.string(),
    opened: fc.boolean(),
    error: fc.string(),
    sent: fc.nat(65_535),
  }, { requiredKeys: ["code", "reason", "opened"] }) as fc.Arbitrary<ConnectionEnd>;
  fc.assert(fc.property(end, (end) => NAMES.includes(classifyEnd(end))));
});

Deno.test("CATEGORIES completes the sentence that names the client", () => {
  for (const name of NAMES) {
    assertMatch(name, /^[a-z]+(_[a-z]+)*$/);
    assertMatch(CATEGORIES[name].meaning, /^[a-z].*[^.]$/, name);
  }
});

Deno.test("CATEGORIES calls normal operation expected, and nothing else", () => {
  assertEquals(NAMES.filter((name) => CATEGORIES[name].expected), [
    "draining",
    "normal",
    "going_away",
    "no_status",
    "application_close",
    "replaced",
    "closed_by_us",
    "close_unconfirmed",
    "close_crossed",
  ]);
});

Deno.test("CATEGORIES logs nothing expected louder than info, and only our own faults as errors", () => {
  const loud = NAMES.filter((name) => ["warn", "error"].includes(CATEGORIES[name].level));
  assert(loud.every((name) => !CATEGORIES[name].expected), loud.join());
  assertEquals(NAMES.filter((name) => CATEGORIES[name].level === "error"), ["handler_error"]);
});

Deno.test("CATEGORIES warns of what a client did wrong once it was let in", () => {
  const quiet = NAMES.filter((name) => CATEGORIES[name].level === "info")
    .filter((name) => CATEGORIES[name].side === "read" || CATEGORIES[name].side === "write");
  // A network that fails is nobody's wrong.
  assertEquals(quiet, ["idle_timeout", "abnormal", "reset"]);
});

Deno.test("CATEGORIES has every side", () => {
  const sides = new Set(NAMES.map((name) => CATEGORIES[name].side));
  assertEquals([...sides].toSorted(), ["close", "internal", "read", "setup", "write"]);
});
