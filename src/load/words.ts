/**
 * Says what is too much, for a probe, a client that is refused and the log alike.
 */

import { formatByteSize } from "../byte_size.ts";
import { formatDuration } from "../duration.ts";
import { type Judgement, type Limits, type Resource, RESOURCES } from "./judge.ts";

const WORDS: Readonly<Record<Resource, (value: number) => string>> = {
  lag: (ms) => `the event loop is ${formatDuration(ms)} late`,
  memory: (bytes) => `memory is ${formatByteSize(bytes)}`,
  clients: (count) => `there are ${count} clients`,
};

const UNITS: Readonly<Record<Resource, (value: number) => string>> = {
  lag: formatDuration,
  memory: formatByteSize,
  clients: String,
};

/** Why the server is overloaded, as words; `undefined` while it is not. */
export function overloadOf(
  judgement: Judgement,
  limits: Readonly<Record<Resource, Limits>>,
  among: readonly Resource[] = RESOURCES,
): string | undefined {
  const reasons = among.flatMap((resource) => {
    const { level, value } = judgement[resource];
    if (level === "normal") return [];
    const limit = limits[resource][level] ?? 0;
    const still = value < limit ? ", not calm for long enough" : "";
    return [`${WORDS[resource](value)}, ${level} limit ${UNITS[resource](limit)}${still}`];
  });
  return reasons.length > 0 ? reasons.join("; ") : undefined;
}
