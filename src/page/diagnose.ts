/** What the server says over HTTP when it cannot be reached by WebSocket. */

const PATIENCE_MS = 3_000;

/** A sentence without its end; `undefined` when it says nothing either. */
export async function diagnose(origin: string): Promise<string | undefined> {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch("/readyz", { cache: "no-store", signal });
    return diagnosisOf(response.status, await response.text(), origin);
  } catch {
    return undefined;
  }
}

/** From the answer of `/readyz`. */
export function diagnosisOf(status: number, body: string, origin: string): string | undefined {
  if (status === 200) {
    return `The server is up and refuses this page (is ${origin} one of its ALLOWED_ORIGINS?)`;
  }
  const why = /^Not ready: ([^\n]{1,200})\n?$/.exec(body)?.[1];
  return why === undefined ? undefined : `The server takes nobody in: ${why}`;
}
