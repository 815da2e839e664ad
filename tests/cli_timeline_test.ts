import { assertEquals } from "@std/assert";
import { Timeline } from "../cli/loadtest/check/timeline.ts";
import type { JournalEvent } from "../cli/loadtest/journal/events.ts";

const KINDS = { normal: 2, mute: 0, slow: 0, "half-open": 0, flood: 0 };

const connect = (t: number, c: number, r: number): JournalEvent => ({
  ...{ e: "connect", t, c, r, s: 0, kind: "normal" },
});

/** The series of these events, up to 1 s. */
function seriesOf(events: JournalEvent[]) {
  const timeline = new Timeline({ protocol: "v1", kinds: KINDS, rooms: 1 });
  for (const event of events) timeline.take(event);
  return timeline.series(999);
}

Deno.test("Timeline counts who was cut as reconnecting until the client is back", () => {
  const { open, reconnecting, reconnects } = seriesOf([
    ...[connect(0, 0, 0), connect(0, 1, 1), { e: "open", t: 1, c: 0 }] as const,
    ...[{ e: "open", t: 2, c: 1 }, { e: "close", t: 300, c: 0, how: "cut" }] as const,
    ...[{ e: "gone", t: 310, c: 0 }, connect(550, 2, 0), { e: "open", t: 560, c: 2 }] as const,
  ]);
  assertEquals([open, reconnecting, reconnects], [[2, 1, 2, 2], [0, 1, 0, 0], [0, 0, 1, 0]]);
});

Deno.test("Timeline takes nobody for reconnecting who left at the end", () => {
  const { open, reconnecting } = seriesOf([
    ...[connect(0, 0, 0), connect(0, 1, 1), { e: "open", t: 1, c: 0 }] as const,
    ...[{ e: "open", t: 2, c: 1 }, { e: "close", t: 300, c: 0, how: "left" }] as const,
    ...[{ e: "gone", t: 310, c: 0 }, { e: "close", t: 600, c: 1, how: "left" }] as const,
  ]);
  assertEquals([open, reconnecting], [[2, 1, 0, 0], [0, 0, 0, 0]]);
});
