/**
 * Settings that contradict each other. Each rule throws an `OptionError`.
 *
 * @module
 */

import { formatDuration, OptionError } from "@lastcall/lastcall";
import type { ClientKind } from "./mix.ts";
import { type Scenario, type ScenarioName, scenarioOf } from "./scenarios.ts";
import type { Settings } from "./settings.ts";
import type { TargetPlan } from "./target_plan.ts";

/** With its own limits a server lets each client say five messages a second: this is well below. */
const MAX_LIMITED_RATE = 2;

/** How many faults there will be. */
export function countFaults(
  { protocol, signals, restarts }: Settings,
  { scenario, target, victims }: { scenario: Scenario; target: TargetPlan; victims: number },
): number {
  if (protocol !== "v1" && restarts !== undefined && restarts > 1) {
    throw new OptionError(
      `Cannot start: --restarts above 1 needs --protocol v1, for else the server stays away; ` +
        `got ${restarts}`,
    );
  }
  if (target.kind === "url" || scenario.fault === "none" || signals === 0) return 0;
  return restarts ?? victims;
}

/** What only clients of `v1` can play. */
export function checkProtocol({ protocol, rooms }: Settings, name: ScenarioName): void {
  if (protocol === "v1") return;
  if (scenarioOf(name).needsV1) {
    throw new OptionError(
      `Cannot start: ${name} needs --protocol v1, whose clients come back; got ${protocol}`,
    );
  }
  if (rooms > 1) {
    throw new OptionError(`Cannot start: --rooms above 1 needs --protocol v1; got ${rooms}`);
  }
}

/** The first fault must come while messages are published. */
export function checkTimes({ faultAtMs, durationMs }: Settings, faults: number): void {
  if (faults === 0 || faultAtMs < durationMs) return;
  throw new OptionError(
    `Cannot start: --fault-at must be less than --duration (${formatDuration(durationMs)}); ` +
      `got ${formatDuration(faultAtMs)}`,
  );
}

/** Somebody must be there to be judged, in every room, and within the limits of the server. */
export function checkClients(
  { clients, rooms, ratePerSecond, via }: Settings,
  { normal, flood }: Record<ClientKind, number>,
): void {
  if (normal === 0) {
    throw new OptionError(
      `Cannot start: --mix must leave a normal client out of ${clients}; got none`,
    );
  }
  if (via && normal < clients) {
    throw new OptionError(
      `Cannot start: --via needs normal clients alone, for others do not tell where a proxy led them`,
    );
  }
  if (normal < rooms) {
    throw new OptionError(
      `Cannot start: --rooms must be at most the normal clients (${normal}); got ${rooms}`,
    );
  }
  if (flood === 0 || ratePerSecond <= MAX_LIMITED_RATE * normal) return;
  throw new OptionError(
    `Cannot start: with flood clients the server keeps its rate limit, so --rate must be at most ` +
      `${MAX_LIMITED_RATE} for each of ${normal} normal clients; got ${ratePerSecond}`,
  );
}
