/**
 * What those say who flood: many messages at once, of nobody's run.
 *
 * @module
 */

import { encode } from "@lastcall/lastcall/client";
import { encodeFrame, OPCODE } from "../frames.ts";
import type { Protocol } from "./payload.ts";

const CONTENT = "flood";
/** As good as any other, and cheaper. */
const MASK = new Uint8Array(4);

/** The bytes of `count` frames; their ids follow `after`. */
export function floodFrames(
  protocol: Protocol,
  { after, count }: { after: number; count: number },
): Uint8Array {
  const frames = Array.from({ length: count }, (_, i) => {
    const payload = textOf(protocol, after + i + 1);
    return encodeFrame({ opcode: OPCODE.text, payload, mask: MASK });
  });
  const all = new Uint8Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    all.set(frame, at);
    at += frame.length;
  }
  return all;
}

function textOf(protocol: Protocol, id: number): string {
  if (protocol === "v1") return encode({ type: "publish", id, content: CONTENT });
  return protocol === "plain" ? JSON.stringify({ content: CONTENT }) : CONTENT;
}
