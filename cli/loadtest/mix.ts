/**
 * Which kinds of client take part, and how many of each.
 *
 * @module
 */

import type { Kind } from "@lastcall/lastcall";
import { seededRandom, shuffle } from "./random.ts";

/**
 * The kinds of client: `normal` publishes, reads and answers Close; `mute` reads and never answers
 * Close; `slow` reads 1 KiB/s; `half-open` goes silent after the handshake without closing TCP; `flood`
 * sends far too much, and goes on after Close.
 */
export const CLIENT_KINDS = ["normal", "mute", "slow", "half-open", "flood"] as const;

/** One kind of client. */
export type ClientKind = typeof CLIENT_KINDS[number];

/** The kinds that misbehave. */
export type OddKind = Exclude<ClientKind, "normal">;

/** The kinds that misbehave. */
export const ODD_KINDS = CLIENT_KINDS.filter((kind) => kind !== "normal");

/** The share of each kind in percent; the shares add up to 100. */
export type Mix = Partial<Record<ClientKind, number>>;

/** Reads `normal=95%,mute=5%`. */
export const mix: Kind<Mix> = {
  placeholder: "KIND=SHARE%,...",
  allowed: `shares in percent that add up to 100, of ${CLIENT_KINDS.join(", ")}, ` +
    "such as normal=90%,slow=5%,mute=5%",
  parse(text) {
    const shares: Mix = {};
    for (const part of text.split(",")) {
      const match = /^([a-z-]+)=(\d+(?:\.\d+)?)%$/.exec(part.trim());
      const kind = CLIENT_KINDS.find((name) => name === match?.[1]);
      if (!match || !kind || shares[kind] !== undefined) return undefined;
      shares[kind] = Number(match[2]);
    }
    const total = Object.values(shares).reduce((sum, share) => sum + share, 0);
    return Math.abs(total - 100) < 1e-9 ? shares : undefined;
  },
};

/** Whole clients for each share, by largest remainder: they add up to `clients`. */
export function allocate(clients: number, shares: Mix): Record<ClientKind, number> {
  const exact = CLIENT_KINDS.map((kind) => ({ kind, share: clients * (shares[kind] ?? 0) / 100 }));
  const counts = Object.fromEntries(
    exact.map(({ kind, share }) => [kind, Math.floor(share)]),
  ) as Record<ClientKind, number>;
  let missing = clients - Object.values(counts).reduce((sum, count) => sum + count, 0);
  const byRemainder = exact.toSorted((a, b) => b.share % 1 - a.share % 1);
  for (const { kind } of byRemainder) if (missing-- > 0) counts[kind]++;
  return counts;
}

/** The kinds in the order in which they connect: shuffled, and the same for the same seed. */
export function arrange(counts: Record<ClientKind, number>, seed: number): ClientKind[] {
  const kinds = CLIENT_KINDS.flatMap((kind) => Array<ClientKind>(counts[kind]).fill(kind));
  return shuffle(kinds, seededRandom(seed));
}
