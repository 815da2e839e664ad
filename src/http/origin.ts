/**
 * Which web pages may open a connection (RFC 6455 section 10.2).
 *
 * Scheme and host compare in lower case, the port counts, a path is ignored, and `*` allows every
 * origin that is present and well formed. A request without an origin is refused: this is a server
 * for browsers and for clients that say where they come from.
 */

/** The part of an origin that is compared, or `undefined` when it is not one. */
export function normalOrigin(text: string): string | undefined {
  // A URL parser forgives too much: it drops tabs and line ends, and takes a backslash for a slash.
  if (!/^[a-z][a-z0-9+.-]*:\/\/[^/?#]/i.test(text) || /[\s\p{Cc}\\]/u.test(text)) return undefined;
  const url = URL.parse(text);
  return url ? `${url.protocol}//${url.host}` : undefined;
}

/** Why `origin` is refused, as a sentence; `undefined` when it is allowed. */
export function refuseOrigin(
  origin: string | null,
  allowed: readonly string[],
): string | undefined {
  if (origin === null) return "Origin is missing";
  if (origin === "") return "Origin is empty";
  const normal = normalOrigin(origin);
  if (normal === undefined) return "Origin is malformed";
  if (allowed.includes("*") || allowed.includes(normal)) return undefined;
  return "Origin is not allowed";
}
