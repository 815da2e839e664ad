import { assertEquals } from "@std/assert";
import { type Place, RoomIndex } from "../src/message_log/nats/room_index.ts";

const place = (streamSeq: number, more: Partial<Place> = {}): Place => ({
  streamSeq,
  publisher: "ann",
  id: undefined,
  at: streamSeq * 10,
  ...more,
});

const START = { streamSeq: 0, head: 0 };

Deno.test("a room's seqs are the order of its messages in the stream", () => {
  const index = RoomIndex.of(START, [place(3), place(7), place(8)]);
  assertEquals([index.first, index.head], [1, 3]);
  assertEquals([3, 7, 8].map((streamSeq) => index.seqAt(streamSeq)), [1, 2, 3]);
  assertEquals(index.seqAt(5), undefined);
  assertEquals(index.after(1, 10), [{ seq: 2, streamSeq: 7 }, { seq: 3, streamSeq: 8 }]);
  assertEquals(index.after(0, 1), [{ seq: 1, streamSeq: 3 }]);
  assertEquals(index.after(9, 1), []);
});

Deno.test("a message that was counted is not counted again", () => {
  const index = RoomIndex.of(START, [place(3)]);
  assertEquals([index.add(place(3)), index.add(place(4)), index.add(place(4))], [
    false,
    true,
    false,
  ]);
  assertEquals(index.head, 2);
});

Deno.test("what is dropped is not numbered anew", () => {
  const index = RoomIndex.of(START, [place(3), place(7), place(8)]);
  index.dropThrough(7);
  assertEquals([index.first, index.head, index.seqAt(8), index.seqAt(7)], [3, 3, 3, undefined]);
  index.dropThrough(100);
  assertEquals([index.first, index.head], [4, 3]);
  index.add(place(9));
  assertEquals(index.seqAt(9), 4);
});

Deno.test("a mark counts what was there before: kept or not", () => {
  const mark = { streamSeq: 7, head: 40 };
  const kept = RoomIndex.of(mark, [place(3), place(7), place(9)]);
  assertEquals([kept.first, kept.seqAt(7), kept.seqAt(9), kept.head], [39, 40, 41, 41]);
  const gone = RoomIndex.of(mark, [place(9)]);
  assertEquals([gone.first, gone.seqAt(9)], [41, 41]);
  const empty = RoomIndex.of(mark, []);
  assertEquals([empty.first, empty.head, empty.mark], [41, 40, mark]);
  assertEquals([empty.add(place(6)), empty.head], [false, 40]);
});

Deno.test("every process that joins later counts as the first one does", () => {
  const all = Array.from({ length: 20 }, (_, i) => place(i * 3 + 1));
  const first = RoomIndex.of(START, all);
  for (let dropped = 0; dropped <= 20; dropped++) {
    for (let marked = dropped; marked <= 20; marked++) {
      const mark = { streamSeq: marked === 0 ? 0 : all[marked - 1]!.streamSeq, head: marked };
      const later = RoomIndex.of(mark, all.slice(dropped));
      assertEquals([later.first, later.head], [dropped + 1, 20]);
      for (const { streamSeq } of all.slice(dropped)) {
        assertEquals(later.seqAt(streamSeq), first.seqAt(streamSeq));
      }
    }
  }
});

Deno.test("a repetition is found, or too old to tell", () => {
  const index = RoomIndex.of(START, [
    place(1, { id: 1 }),
    place(2, { id: 3 }),
    place(3, { id: 4 }),
    place(4, { id: 9, publisher: "bob" }),
  ]);
  assertEquals([1, 2, 3, 4, 5].map((id) => index.find("ann", id)), [1, undefined, 2, 3, undefined]);
  index.dropThrough(2);
  assertEquals([1, 2, 3, 4, 5].map((id) => index.find("ann", id)), [
    "expired",
    "expired",
    "expired",
    3,
    undefined,
  ]);
  index.dropThrough(4);
  assertEquals([index.lastId("ann"), index.lastId("bob"), index.lastId("eve")], [4, 9, 0]);
  assertEquals(index.find("bob", 9), "expired");
});

Deno.test("what is beyond the newest few, or too old, is to be trimmed", () => {
  const index = RoomIndex.of(START, [place(1), place(2), place(3)]);
  const trim = (maxMessages: number, before: number) => index.lastToTrim({ maxMessages, before });
  assertEquals([trim(9, 0), trim(2, 0), trim(0, 0)], [0, 1, 3]);
  assertEquals([trim(9, 20), trim(9, 21), trim(9, 99), trim(1, 20)], [1, 2, 3, 2]);
  assertEquals(index.countThrough(2), 2);
});
