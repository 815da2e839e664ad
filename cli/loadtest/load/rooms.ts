/**
 * Where the rooms of a run are.
 *
 * @module
 */

/** The URL of a room, counted from 0; with one room, that is the server's own. */
export function roomUrl(url: string, room: number, rooms: number): string {
  if (rooms === 1) return url;
  const target = new URL(url);
  target.searchParams.set("room", `r${room}`);
  return target.href;
}
