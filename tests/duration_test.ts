import { assertEquals } from "@std/assert";
import { formatDuration, parseDuration } from "../src/duration.ts";

Deno.test("parseDuration() reads each unit", () => {
  assertEquals(["250ms", "30s", "2m", "1h", "0.5s"].map(parseDuration), [
    250,
    30_000,
    120_000,
    3_600_000,
    500,
  ]);
});

Deno.test("formatDuration() is short and never claims more than it knows", () => {
  const shown = [
    0,
    0.4,
    61.2,
    999.4,
    999.6,
    2_500,
    20_512,
    59_994,
    90_000,
    3_600_000,
    3_725_000,
    -5,
  ]
    .map(formatDuration);
  assertEquals(shown, [
    "0ms",
    "0ms",
    "61ms",
    "999ms",
    "1s",
    "2.5s",
    "20.51s",
    "59.99s",
    "1m 30s",
    "1h",
    "1h 2m 5s",
    "-5ms",
  ]);
});
