/**
 * Where the stream goes on, where a message is missing.
 *
 * That a message is missing on a server says nothing: it may not have come there yet, or the server may
 * be a leader that others have given up. That a later one is there does, for they come in order.
 */

import type { JetStreamManager, MsgRequest } from "@nats-io/jetstream";
import { MessageLogError } from "../message_log.ts";

/** What is asked of NATS. */
export interface PlaceReader {
  direct: Pick<JetStreamManager["direct"], "getMessage">;
  streams: Pick<JetStreamManager["streams"], "info" | "getMessage">;
}

/**
 * The place of the first message at or after `seq` whose subject matches, or one after the end of the
 * stream. Rejects when that cannot be known for now.
 */
export async function nextPlace(
  manager: PlaceReader,
  stream: string,
  { seq, subject }: { seq: number; subject: string },
): Promise<number> {
  const query = { seq, next_by_subj: subject };
  const next = await manager.direct.getMessage(stream, query);
  if (next) return next.seq;
  // Only the leader has all, and only while it is the leader.
  const before = await manager.streams.info(stream);
  if (before.state.first_seq > seq) return before.state.first_seq;
  const nothing = await manager.streams.getMessage(stream, query as MsgRequest) === null;
  const after = await manager.streams.info(stream);
  const isSame = before.cluster?.leader === after.cluster?.leader;
  if (nothing && isSame && before.state.last_seq >= seq) return before.state.last_seq + 1;
  throw new MessageLogError("unavailable", "the stream is not known up to its end");
}
