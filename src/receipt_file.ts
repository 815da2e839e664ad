/**
 * Keeps the receipt in a file. Whether that can be done is found out at the start, not at the end.
 */

import type { Receipt } from "./shutdown/receipt.ts";

/** A writer for receipts. Throws, with a sentence, when the file could not be written. */
export async function receiptFile(path: string): Promise<(receipt: Receipt) => Promise<void>> {
  const temporary = `${path}.new`;
  try {
    await Deno.mkdir(path.replace(/[^/\\]*$/, "") || ".", { recursive: true });
    await Deno.writeTextFile(temporary, "");
    await Deno.rename(temporary, `${temporary}.probe`);
    await Deno.remove(`${temporary}.probe`);
  } catch (error) {
    throw new Error(`Cannot keep the receipt in ${path}: ${messageOf(error)}`, { cause: error });
  }
  return async (receipt) => {
    // Renamed into place: whoever reads it finds a whole receipt or none.
    await Deno.writeTextFile(temporary, JSON.stringify(receipt, undefined, 2) + "\n");
    await Deno.rename(temporary, path);
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
