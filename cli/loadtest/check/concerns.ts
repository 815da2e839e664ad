/**
 * Whom a fault is about.
 *
 * @module
 */

import type { FaultRecord } from "../run.ts";

/** Whether a fault is about who is at this server: one of NATS is about everybody. */
export function concerns(fault: FaultRecord, instance: number | undefined): boolean {
  return fault.instance === undefined || fault.instance === instance;
}

/** Whether it was done to NATS servers: all that are tested go on. */
export function isBehind({ members }: FaultRecord): boolean {
  return members !== undefined;
}

/** `server 1`, `NATS server n2`, `all NATS servers`. */
export function victimOf({ instance = 0, members }: FaultRecord): string {
  if (!members) return `server ${instance + 1}`;
  return members.length === 1 ? `NATS server ${members[0]!.name}` : "all NATS servers";
}

/** `SIGTERM to server 1`, `partition of NATS server n2`. */
export function faultTitle(fault: FaultRecord): string {
  return `${fault.signal} ${fault.signal === "partition" ? "of" : "to"} ${victimOf(fault)}`;
}
