/**
 * A browser that duplicates a tab copies its `sessionStorage` too, and then two tabs would be one
 * session, each closing the other. A lock that lives as long as the tab tells which one it is.
 */

/** How long the page before a reload may take to be gone. */
const PATIENCE_MS = 1_000;

const held = new Set<string>();

/**
 * Whether this tab has a session for itself now, and as long as it lives. Where there are no locks (a
 * page that did not come by HTTPS nor from this machine), it is believed.
 */
export async function holdSession(session: string): Promise<boolean> {
  if (held.has(session) || !("locks" in navigator)) return true;
  held.add(session);
  const isHeld = await new Promise<boolean>((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const forEver = () => {
      resolve(true);
      return new Promise<void>(() => {});
    };
    navigator.locks.request(`lastcall.${session}`, { signal }, forEver).catch(() => resolve(false));
  });
  if (!isHeld) held.delete(session);
  return isHeld;
}
