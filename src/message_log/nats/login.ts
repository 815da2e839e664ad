/**
 * How a server of NATS is told who we are: from the spec, or from a file that may change while we run.
 *
 * @module
 */

import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from "@nats-io/transport-node";
import type { NatsConnectOptions, NatsSpec } from "./spec.ts";

/** A login, and how to call it without telling it. */
export interface Login {
  words: string;
  authenticator?: Authenticator;
}

/** A file that cannot be used; the message completes "Cannot open the message log …: ". */
export class FileError extends Error {}

/** The login. Throws a {@linkcode FileError}. */
export function loginOf(
  { user, password = "", token }: NatsSpec,
  { natsCreds, natsNkey }: NatsConnectOptions,
): Login {
  if (natsCreds !== undefined) {
    return {
      words: `the credentials in ${natsCreds}`,
      authenticator: fromFile(natsCreds, "a creds file", credsAuthenticator),
    };
  }
  if (natsNkey !== undefined) {
    const make = (bytes: Uint8Array) => nkeyAuthenticator(trimmed(bytes));
    return {
      words: `the nkey in ${natsNkey}`,
      authenticator: fromFile(natsNkey, "the seed of an nkey", make),
    };
  }
  if (user !== undefined) {
    return {
      words: "the user and the password",
      authenticator: usernamePasswordAuthenticator(user, password),
    };
  }
  if (token !== undefined) {
    return { words: "the token", authenticator: tokenAuthenticator(token) };
  }
  return { words: "a connection without a login" };
}

/** A file's text. Throws a {@linkcode FileError}. */
export function readFileOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (cause) {
    throw new FileError(`cannot read ${path}: ${whyNot(cause)}`, { cause });
  }
}

/**
 * Reads the file at every connection, for credentials expire and are replaced. While it cannot be used,
 * the last good ones are: an authenticator that throws would end nats.js for good.
 */
function fromFile(
  path: string,
  what: string,
  make: (bytes: Uint8Array) => Authenticator,
): Authenticator {
  const read = () => {
    const authenticator = make(new TextEncoder().encode(readFileOf(path)));
    try {
      authenticator("nonce");
    } catch {
      // No cause: what is wrong with it could show some of it.
      throw new FileError(`${path} must be ${what}, as \`nsc\` and \`nk\` make them`);
    }
    return authenticator;
  };
  let last = read();
  return (nonce) => {
    try {
      last = read();
    } catch {
      // As said above.
    }
    return last(nonce);
  };
}

function trimmed(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(bytes).trim());
}

function whyNot(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "its owner does not let us";
  if (error instanceof Deno.errors.NotCapable) {
    return "--allow-read does not cover it; data, /run/secrets and /run/credentials are covered";
  }
  return error instanceof Error ? error.message : String(error);
}
