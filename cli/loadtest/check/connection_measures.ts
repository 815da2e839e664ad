/**
 * Connections, counted.
 *
 * @module
 */

import type { ConnectionRecord, FaultRecord, Run } from "../run.ts";
import { concerns } from "./concerns.ts";
import { faultsOf, type Tags } from "./aggregate.ts";

/** What libraries report for a connection that ended without a Close frame. */
const CUT = 1006;

/** How many connections ended that are meant by `kind`, `code` and `fault`; not those that we ended. */
export function closes(run: Run, tags: Tags): number {
  const { kind, code, fault } = tags;
  const faults = faultsOf(run.faults, tags);
  return [...run.connections, ...run.others].filter((one) =>
    one.end !== undefined && one.end.how !== "left" &&
    (kind === undefined || one.kind === kind) &&
    (code === undefined || codeOf(one) === Number(code)) &&
    (fault === undefined || faults.some((at) => isOf(at, one)))
  ).length;
}

/** When clients tried to come back, in order: all attempts but the first of each. */
export function reconnectTimes({ connections, faults }: Run, tags: Tags): number[] {
  const wanted = faultsOf(faults, tags);
  const isMeant = (ms: number) =>
    tags.fault === undefined || wanted.some((fault) => isDuring(fault, ms));
  const known = new Set<number>();
  return connections.filter(({ client }) => known.has(client) || !known.add(client))
    .map(({ askedAtMs }) => askedAtMs).filter(isMeant).toSorted((a, b) => a - b);
}

function codeOf({ end }: ConnectionRecord): number | undefined {
  if (end?.how === "closed") return end.code;
  return end?.how === "cut" ? CUT : undefined;
}

/** A connection to the server that was hit, which ended meanwhile. */
function isOf(fault: FaultRecord, { instance, endedAtMs = -Infinity }: ConnectionRecord): boolean {
  return concerns(fault, instance) && isDuring(fault, endedAtMs);
}

function isDuring({ signalAtMs, backAtMs = Infinity }: FaultRecord, ms: number): boolean {
  return ms >= signalAtMs && ms <= backAtMs;
}
