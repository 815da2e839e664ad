/**
 * A session is a secret that a client keeps; its publisher is what everybody may know of it. The log
 * holds publishers only, so nobody who reads the log can speak in another's name.
 */

import { createHash, randomBytes } from "node:crypto";

/** A new secret: 128 random bits. */
export function newSession(): string {
  return randomBytes(16).toString("base64url");
}

/** The publisher behind a session, the same in every process, for ever. */
export function publisherOf(session: string): string {
  return createHash("sha256").update(session).digest("base64url").slice(0, 22);
}

/** A publisher's name as others see it. */
export function nameOf(publisher: string): string {
  return publisher.slice(0, 10);
}
