/**
 * What a client on a raw socket writes down of what it sees.
 *
 * @module
 */

import { type Frame, OPCODE, parseClosePayload } from "../frames.ts";
import type { ClientRecord } from "./run.ts";

/** Notes the Close frame, and what comes after it. */
export function noteFrame(record: ClientRecord, { opcode, payload }: Frame, nowMs: number): void {
  if (record.end) record.bytesAfterClose += payload.length;
  else if (opcode === OPCODE.close) {
    const said = parseClosePayload(payload) ?? { code: 1002, reason: "malformed" };
    record.endedAtMs = nowMs;
    record.end = { how: "closed", ...said };
  }
}

/** Notes that TCP has ended. */
export function noteEnd(record: ClientRecord, nowMs: number, error?: string): void {
  record.endedAtMs ??= nowMs;
  record.end ??= { how: "cut", ...error ? { error } : {} };
}

/** Notes that we end the connection, if it is still there. */
export function noteRelease(record: ClientRecord): void {
  if (record.openedAtMs !== undefined) record.end ??= { how: "left" };
}
