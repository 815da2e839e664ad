/**
 * The text of a message says when it was due, so that whoever receives it knows how old it is:
 *
 * ```text
 * #MMMMMMMMMMMMM#padding
 *  due, in µs, 13 digits
 * ```
 *
 * A reader finds stamps by looking for them in the raw bytes of a frame, whatever is written around
 * them and however many are in it: at hundreds of thousands of deliveries per second, parsing would be
 * the bottleneck.
 *
 * @module
 */

const HASH = 0x23;
const DIGITS = 13;
const STAMP_BYTES = DIGITS + 2;

/** The smallest message that can carry a stamp, in bytes. */
export const MIN_SIZE_BYTES = STAMP_BYTES;

/** The text of a message that is due at `dueUs`, in µs of the generator's clock. */
export function stampedText(dueUs: number, sizeBytes: number): string {
  return `#${String(Math.floor(dueUs)).padStart(DIGITS, "0")}#`.padEnd(sizeBytes, "x");
}

/** Calls `onStamp` for each stamp in a payload; returns how many there are. */
export function readStamps(
  payload: Uint8Array,
  { sizeBytes, onStamp }: { sizeBytes: number; onStamp: (dueUs: number) => void },
): number {
  let stamps = 0;
  for (let at = 0; at + STAMP_BYTES <= payload.length; at++) {
    if (payload[at] !== HASH || payload[at + STAMP_BYTES - 1] !== HASH) continue;
    const dueUs = readDigits(payload, at + 1);
    if (dueUs < 0) continue;
    onStamp(dueUs);
    stamps++;
    at += sizeBytes - 1;
  }
  return stamps;
}

/** The number, or -1 when these are not all digits. */
function readDigits(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let at = from; at < from + DIGITS; at++) {
    const digit = bytes[at]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
