/**
 * Does to the servers what the scenario says, one after the other, and writes it down. Between two
 * faults everybody comes back.
 *
 * @module
 */

import { type Clock, systemClock } from "@lastcall/lastcall";
import type { Untimed } from "../journal/journal.ts";
import type { Plan } from "../plan.ts";
import { isOfNats } from "../scenarios.ts";
import { cutOff } from "./cut_off.ts";
import { endServer, loseAll } from "./end_server.ts";
import { faultSchedule } from "./fault_schedule.ts";
import { freezeServer, type ReadState } from "./freeze_server.ts";
import type { Strike, Victim } from "./victim.ts";

/** What making faults needs. */
export interface FaultOptions {
  plan: Plan;
  /** The servers that are tested, and those of NATS, if there are any of ours. */
  fleet: { readonly instances: readonly Victim[]; readonly members?: readonly Victim[] };
  /** Where it is written down. */
  journal: { say(event: Untimed): void };
  abort: AbortSignal;
  /** Waits until every normal client is live; returns whether all are. */
  allLive: (deadlineMs: number) => Promise<boolean>;
  /** Waits until messages are acknowledged as before; returns whether they are. Default: they are. */
  allFlows?: (deadlineMs: number) => Promise<boolean>;
  /** Watches what servers say of themselves, until `abort`. Default: nobody does. */
  watch?: (abort: AbortSignal) => Promise<void>;
  /** Default: the system's. */
  clock?: Clock;
  /** Default: as the system sees it. */
  readState?: ReadState;
}

/** How long clients may take to come back: a server's hint is at most a minute. */
const BACK_DEADLINE_MS = 65_000;

/** Makes all faults of a plan, as long as everybody comes back from each. */
export async function makeFaults(options: FaultOptions): Promise<void> {
  const { plan, journal, abort, clock = systemClock } = options;
  for (const [f, { victim, waitMs }] of faultSchedule(plan).entries()) {
    await clock.sleep(waitMs, abort);
    if (abort.aborted) return;
    const isOver = isOfNats(plan.fault)
      ? await watched(options, () => makeNatsFault(f, victim, options))
      : await makeFault(f, victim, options);
    if (!isOver) return;
    journal.say({ e: "back", f });
  }
}

/** To one of the servers that are tested. Returns whether everybody is back. */
async function makeFault(f: number, s: number, options: FaultOptions): Promise<boolean> {
  const { plan, fleet, allLive, readState } = options;
  const strike = strikeOf(f, { who: { s }, victim: fleet.instances[s]! }, options);
  const isUp = plan.fault === "freeze"
    ? await freezeServer(strike, readState)
    : await endServer(strike);
  return isUp && await allLive(BACK_DEADLINE_MS);
}

/** To NATS servers. Clients stay where they are; so it is over when their messages flow again. */
async function makeNatsFault(f: number, v: number, options: FaultOptions): Promise<boolean> {
  const { plan, fleet: { members = [] }, allLive, allFlows } = options;
  const strikes = members.map((victim) => {
    const { listening } = victim;
    if (!("m" in listening)) throw new Error("Cannot make a fault: the victim must be of NATS");
    return strikeOf(f, { who: { m: listening.m }, victim }, options);
  });
  const isUp = plan.fault === "nats-loss"
    ? await loseAll(strikes)
    : plan.fault === "nats-partition"
    ? await cutOff(strikes[v]!)
    : await endServer(strikes[v]!);
  return isUp && await allLive(BACK_DEADLINE_MS) && (await allFlows?.(BACK_DEADLINE_MS) ?? true);
}

async function watched(
  { watch, abort }: FaultOptions,
  make: () => Promise<boolean>,
): Promise<boolean> {
  const over = new AbortController();
  const watching = watch?.(AbortSignal.any([abort, over.signal]));
  try {
    return await make();
  } finally {
    over.abort();
    await watching;
  }
}

function strikeOf(
  f: number,
  whom: Pick<Strike, "who" | "victim">,
  { plan, journal, abort, clock = systemClock }: FaultOptions,
): Strike {
  return { f, ...whom, plan, say: journal.say.bind(journal), clock, abort };
}
