/**
 * Clients that do not wait until they may come back.
 *
 * @module
 */

import type { ServerFrame } from "@lastcall/lastcall/client";

/** A frame as an impatient client takes it: whatever the server says, it may come back at once. */
export function withoutHint<F extends Pick<ServerFrame, "type">>(frame: F): F {
  return frame.type === "drain" ? { ...frame, reconnectAfterMs: 0 } : frame;
}
