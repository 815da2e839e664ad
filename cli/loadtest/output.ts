/**
 * Writing to the standard streams, to the last byte.
 *
 * @module
 */

type Stream = { writeSync(bytes: Uint8Array): number };

/** Writes all of `text`, or as much as anybody wants to read: `| head` is no reason to crash. */
export function print(text: string, stream: Stream = Deno.stdout): void {
  let bytes: Uint8Array = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
