import { assertEquals } from "@std/assert";
import type { StreamInfo } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { Health } from "../src/message_log/nats/health.ts";
import { NO_MARK } from "../src/message_log/nats/marks.ts";
import { RoomIndex } from "../src/message_log/nats/room_index.ts";
import type { OpenRoom } from "../src/message_log/nats/rooms.ts";
import { StreamWatch } from "../src/message_log/nats/stream_watch.ts";
import { namesOf } from "../src/message_log/nats/wire.ts";
import { FakeClock } from "./fake_clock.ts";

const EPOCH = "2026-01-01T00:00:00Z";
const DAY_MS = 86_400_000;

/** A watch on a stream that the test plays. */
function stage(rooms: OpenRoom[] = []) {
  const clock = new FakeClock(10 * DAY_MS);
  const seen = {
    info: { created: EPOCH, state: { first_seq: 1, last_seq: 5, bytes: 700 } },
    caughtUp: [] as number[],
    probes: 0,
    doubts: 0,
    isSilent: false,
    marked: [] as string[],
  };
  const reading = new Health(clock, 0);
  const writing = new Health(clock, 0);
  const watch = new StreamWatch({
    clock,
    reading,
    writing,
    names: namesOf("CHAT"),
    epoch: EPOCH,
    maxAgeMs: DAY_MS,
    manager: {
      streams: {
        info: () =>
          seen.isSilent
            ? Promise.reject(new errors.TimeoutError())
            : Promise.resolve(seen.info as StreamInfo),
      },
    },
    link: {
      doubt: () => Promise.resolve(void seen.doubts++),
      trust: () => seen.doubts = 0,
    },
    tail: { position: 5, catchUp: (seq) => void seen.caughtUp.push(seq) },
    rooms: {
      all: rooms,
      mark: (room) => {
        seen.marked.push(room.name);
        room.mark = { ...room.index.mark, revision: 1, at: clock.now() };
        return Promise.resolve();
      },
    },
    probe: () => {
      seen.probes++;
      writing.succeeded();
      return Promise.resolve();
    },
  });
  return { clock, seen, reading, writing, watch };
}

Deno.test("the tail is told how far the stream reaches", async () => {
  const { clock, seen, watch } = stage();
  await clock.advance(1_000);
  seen.info.state.last_seq = 9;
  await clock.advance(1_000);
  assertEquals([seen.caughtUp, watch.bytes], [[5, 9], 700]);
  watch.lookNow();
  await clock.advance(0);
  assertEquals(seen.caughtUp.length, 3);
  await watch.close();
});

Deno.test("a stream that was made anew, or is shorter than it was for long, is a trouble", async () => {
  const { clock, seen, reading, watch } = stage();
  seen.info.state.last_seq = 4;
  await clock.advance(14_000);
  assertEquals(reading.trouble, undefined);
  await clock.advance(1_000);
  assertEquals(
    reading.trouble,
    "the stream has lost messages that were accepted; see to its disks",
  );
  seen.info.state.last_seq = 5;
  await clock.advance(1_000);
  assertEquals(reading.trouble, undefined);
  seen.info.created = "2026-02-02T00:00:00Z";
  await clock.advance(1_000);
  assertEquals(
    reading.trouble,
    "the stream was made anew; this server must be started anew",
  );
  assertEquals(seen.doubts, 0, "another server has no other stream");
  await watch.close();
});

Deno.test("when NATS does not answer that is a trouble, and the server is doubted", async () => {
  const { clock, seen, reading, watch } = stage();
  seen.isSilent = true;
  await clock.advance(2_000);
  assertEquals([seen.doubts, reading.trouble], [2, "NATS does not answer"]);
  seen.isSilent = false;
  await clock.advance(1_000);
  assertEquals([seen.doubts, reading.trouble], [0, undefined]);
  await watch.close();
});

Deno.test("while the stream cannot be written it is tried now and then", async () => {
  const { clock, seen, writing, watch } = stage();
  await clock.advance(2_000);
  assertEquals(seen.probes, 0);
  writing.failed("no leader");
  await clock.advance(2_000);
  assertEquals([seen.probes, writing.trouble], [1, undefined]);
  await watch.close();
});

Deno.test("rooms with messages have a mark that is not old; what NATS removed is dropped", async () => {
  const index = () =>
    RoomIndex.of({ streamSeq: 0, head: 0 }, [
      { streamSeq: 2, publisher: "p", id: undefined, at: 0 },
      { streamSeq: 4, publisher: "p", id: undefined, at: 0 },
    ]);
  const busy = { name: "busy", index: index(), mark: NO_MARK };
  const empty = {
    name: "empty",
    index: RoomIndex.of({ streamSeq: 0, head: 0 }, []),
    mark: NO_MARK,
  };
  const { clock, seen, watch } = stage([busy, empty]);
  await clock.advance(1_000);
  assertEquals(seen.marked, ["busy"]);
  seen.info.state.first_seq = 3;
  await clock.advance(1_000);
  assertEquals([seen.marked.length, busy.index.first, busy.index.head], [1, 2, 2]);
  await clock.advance(DAY_MS / 4);
  assertEquals(seen.marked, ["busy", "busy"]);
  await watch.close();
});
