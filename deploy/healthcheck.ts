/**
 * Asks a server how it is: `healthcheck.ts URL`. Exit code 0: it answered 2xx; 1: anything else. For
 * containers, which have no curl.
 *
 * @module
 */

const DEADLINE_MS = 2_000;

/** Why the server at `url` is not well, or nothing when it is. */
export async function complaint(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DEADLINE_MS) });
    const text = await response.text();
    return response.ok ? undefined : `${response.status} ${text.trim()}`;
  } catch (error) {
    return (error as Error).message;
  }
}

if (import.meta.main) {
  const [url = "http://127.0.0.1:8080/livez"] = Deno.args;
  const why = await complaint(url);
  if (why !== undefined) {
    // deno-lint-ignore no-console -- the container engine keeps it with the result
    console.error(why);
    Deno.exit(1);
  }
}
