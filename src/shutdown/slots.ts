/**
 * A drain as a picture: its window in equal parts, with the exits that were and those that come.
 *
 * @module
 */

/** Exits by part of the window. */
export interface SlotsView {
  /** How long one part is, in ms. */
  partMs: number;
  /** How far the drain has got, in ms after its start. */
  atMs: number;
  /** How many were sent away in each part. */
  left: number[];
  /** How many are due in each part. */
  ahead: number[];
}

/** Into how many parts a window is cut. */
export const SLOT_PARTS = 40;

/**
 * Counts exits, by part of a window that ends with the last of them. Times are in ms after the start of
 * the drain.
 */
export function slotsView(
  { leftMs, dueMs, windowMs, atMs }: {
    leftMs: readonly number[];
    dueMs: readonly number[];
    windowMs: number;
    atMs: number;
  },
): SlotsView {
  const all = [leftMs, dueMs].flatMap((times) => times.length > 0 ? [times.at(-1)!] : []);
  const partMs = Math.max(1, windowMs, ...all) / SLOT_PARTS;
  const count = (times: readonly number[]) => {
    const parts = new Array<number>(SLOT_PARTS).fill(0);
    for (const ms of times) parts[Math.min(SLOT_PARTS - 1, Math.floor(ms / partMs))]! += 1;
    return parts;
  };
  const ahead = count(dueMs.map((ms) => Math.max(ms, atMs)));
  return { partMs, atMs, left: count(leftMs), ahead };
}
