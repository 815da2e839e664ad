/**
 * Who else serves on a log, by what they announce. Pure: announcements and times go in, URLs come out.
 *
 * A node is silent when it is not heard **while we hear**. What tells that we hear is our own
 * announcement, which comes back to us as it comes to everybody. So somebody whose own connection is
 * cut forgets nobody: others' silence means nothing then. That is on purpose. A drain goes on without
 * the log's servers; its clients try the alternates in turn and then come home, so one that is dead costs
 * them an attempt, but one that was forgotten in vain costs them the wait for this server's restart, and
 * this server's return its herd. And a cut that is ours alone leaves the others serving.
 *
 * @module
 */

import { isWebSocketUrl } from "../../web_socket_url.ts";

/**
 * Where a node stands. `busy`: it serves whom it has, and should be sent nobody. `leaving`: its clients
 * are being sent away.
 */
export type NodeState = "serving" | "busy" | "leaving";

/** What a node says of itself. */
export interface NodeNews {
  /** Where its clients connect. */
  url: string;
  /** Where it stands. */
  state: NodeState;
  /** It is new, or was deaf, and asks the others to say the same of themselves. */
  asks?: true;
}

/** How often a node says it, in ms. */
export const BEAT_MS = 2_000;
/** A node that was not heard for this long, in ms, is forgotten. */
const SILENT_MS = 3 * BEAT_MS;
/** After a longer time without our own announcement, in ms, we were deaf. */
const DEAF_MS = 1.5 * BEAT_MS;
/** More nodes than this are not noted: a directory does not grow without end. */
const MAX_NODES = 64;
const MAX_URL_LENGTH = 2_048;

const STATES: readonly unknown[] = ["serving", "busy", "leaving"] satisfies NodeState[];

/** What an announcement says; `undefined` when it is none. */
export function parseNews(text: string): NodeNews | undefined {
  const { url, state, asks } = readFields(text);
  // It goes on to clients: nothing but a URL for them may come in from outside.
  if (typeof url !== "string" || url.length > MAX_URL_LENGTH || !isWebSocketUrl(url)) {
    return undefined;
  }
  if (!STATES.includes(state)) return undefined;
  return { url, state: state as NodeState, ...asks === true ? { asks } : {} };
}

function readFields(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

interface Node {
  url: string;
  state: NodeState;
  /** When it was heard last, in ms of our own hearing. */
  heardAt: number;
}

/** The other nodes, by id. */
export class NodeDirectory {
  readonly #nodes = new Map<string, Node>();
  /** For how long we have been hearing, in ms: time in which we were deaf does not count. */
  #hearingMs = 0;
  #echoAt: number | undefined;

  /**
   * Where others serve. Two nodes may have one URL, that of the proxy before them; so may another node
   * and we, and then it is among them.
   */
  get urls(): string[] {
    const serving = [...this.#nodes.values()].filter(({ state }) => state === "serving");
    return [...new Set(serving.map(({ url }) => url))];
  }

  /** Another node said something. */
  hear(id: string, { url, state }: NodeNews): void {
    // One that leaves is known until it is silent: it goes on saying so.
    if (!this.#nodes.has(id) && this.#nodes.size >= MAX_NODES) return;
    this.#nodes.set(id, { url, state, heardAt: this.#hearingMs });
  }

  /** Our own announcement came back at `now`, in ms. Returns whether we had been deaf. */
  hearOurselves(now: number): boolean {
    const sinceMs = now - (this.#echoAt ?? now);
    this.#echoAt = now;
    const wasDeaf = sinceMs > DEAF_MS;
    if (!wasDeaf) this.#hearingMs += sinceMs;
    for (const [id, { heardAt }] of this.#nodes) {
      if (this.#hearingMs - heardAt >= SILENT_MS) this.#nodes.delete(id);
    }
    return wasDeaf;
  }
}
