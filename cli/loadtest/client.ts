/**
 * What every kind of client has in common.
 *
 * @module
 */

import type { ClientKind } from "./mix.ts";
import type { ClientRecord } from "./run.ts";

/** A client of any kind. */
export interface LoadClient {
  readonly record: ClientRecord;
  /** Connects. Never rejects: a refusal is recorded. */
  connect(): Promise<void>;
  /** Resolves when the connection is over, never was, or is not looked at. */
  readonly over: Promise<void>;
  /** Frees the socket at once, without a goodbye. */
  release(): void;
}

/** What a client must know to connect. */
export interface ClientOptions {
  url: string;
  origin: string;
  /** Milliseconds since the start of the run. */
  now: () => number;
  /** The subprotocol to ask for, and what to say first. Default: neither. */
  greeting?: { protocol: string; text: string };
}

/** How long a handshake may take. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;

/** The record of a client that has not connected yet. */
export function newRecord(kind: ClientKind): ClientRecord {
  return { kind, bytesAfterClose: 0 };
}

/** Why a connection did not come about, in a word or two. */
export function refusalOf(error: unknown): string {
  const { code, status, message } = error as { code?: string; status?: number; message?: string };
  if (status !== undefined) return `HTTP ${status}`;
  return code ?? message ?? String(error);
}
