/**
 * Does to the servers what the scenario says, one after the other, and writes it down. Between two
 * faults everybody comes back.
 *
 * @module
 */

import { type Clock, systemClock } from "@lastcall/lastcall";
import type { Untimed } from "../journal/journal.ts";
import type { Plan } from "../plan.ts";
import { endServer } from "./end_server.ts";
import { faultSchedule } from "./fault_schedule.ts";
import { freezeServer, type ReadState } from "./freeze_server.ts";
import type { Victim } from "./victim.ts";

/** What making faults needs. */
export interface FaultOptions {
  plan: Plan;
  fleet: { readonly instances: readonly Victim[] };
  /** Where it is written down. */
  journal: { say(event: Untimed): void };
  abort: AbortSignal;
  /** Waits until every normal client is live; returns whether all are. */
  allLive: (deadlineMs: number) => Promise<boolean>;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: as the system sees it. */
  readState?: ReadState;
}

/** How long clients may take to come back: a server's hint is at most a minute. */
const BACK_DEADLINE_MS = 65_000;

/** Makes all faults of a plan, as long as everybody comes back from each. */
export async function makeFaults(options: FaultOptions): Promise<void> {
  const { plan, fleet, journal, abort, allLive, clock = systemClock, readState } = options;
  for (const [f, { server: s, waitMs }] of faultSchedule(plan).entries()) {
    await clock.sleep(waitMs, abort);
    if (abort.aborted) return;
    const victim = fleet.instances[s]!;
    const strike = { f, s, victim, plan, say: journal.say.bind(journal), clock, abort };
    const isUp = plan.fault === "freeze"
      ? await freezeServer(strike, readState)
      : await endServer(strike);
    if (!isUp || !await allLive(BACK_DEADLINE_MS)) return;
    journal.say({ e: "back", f });
  }
}
