/**
 * Sizes as people write them: `512`, `64KiB`, `1MiB`.
 *
 * @module
 */

const UNIT_BYTES = { "": 1, B: 1, KIB: 1_024, MIB: 1_048_576, GIB: 1_073_741_824 } as const;

/** Bytes for `512`, `64KiB`, `1MiB`; `undefined` when the text is not a size. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+)\s?(|B|KiB|MiB|GiB)$/i.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * UNIT_BYTES[match[2]!.toUpperCase() as keyof typeof UNIT_BYTES];
}

/** `512 B`, `64 KiB`, `1.5 MiB`. */
export function formatByteSize(bytes: number): string {
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (bytes >= size) return `${Math.round(bytes / size * 10) / 10} ${unit}`;
  }
  return `${bytes} B`;
}
