/** The rooms that a page can be in. */

/** The room of a page that names none. */
export const LOBBY = "lobby";

const ROOM = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** The room that somebody means, from what he typed; `undefined` if there can be none. */
export function roomName(typed: string): string | undefined {
  const name = typed.trim().toLowerCase().replaceAll(/\s+/g, "-");
  return ROOM.test(name) ? name : undefined;
}
