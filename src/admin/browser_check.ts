/**
 * Whether a request was made by a web page. Anybody who can make an operator open a page could otherwise
 * end the server with it: the listener asks nobody who they are.
 *
 * Browsers send `Origin` with every POST and `Sec-Fetch-Site` with every request to a trustworthy
 * address (Fetch Standard; Fetch Metadata Request Headers); programs such as curl send neither.
 */

/** Whether a browser made it. */
export function isFromBrowser(headers: Headers): boolean {
  return headers.has("origin") || headers.has("sec-fetch-site");
}
