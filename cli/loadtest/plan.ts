/**
 * What a run will do, worked out from the settings before anything is started.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import { type LogPlan, planLog } from "./log_plan.ts";
import { allocate, type ClientKind } from "./mix.ts";
import { victimCount } from "./victims.ts";
import { checkClients, checkProtocol, checkTimes, countFaults } from "./plan_rules.ts";
import { countMessages, SIGNAL_PAUSE_MS } from "./plan_size.ts";
import {
  type Fault,
  type Judging,
  SCENARIO_NAMES,
  type ScenarioName,
  scenarioOf,
} from "./scenarios.ts";
import type { Settings } from "./settings.ts";
import type { ModeSettings } from "./settings/mode.ts";
import type { OutputSettings } from "./settings/output.ts";
import { countInstances, planTarget, type TargetPlan } from "./target_plan.ts";
import type { Threshold } from "./thresholds.ts";

export type { TargetPlan } from "./target_plan.ts";

/** Settings that say nothing about a run itself, or that are decided here. */
type Undecided =
  | keyof ModeSettings
  | keyof OutputSettings
  | ("spawn" | "target" | "seed" | "exitCodes" | "restarts" | "thresholds")
  | ("log" | "natsServers" | "natsReplicas");

/** A run, decided. Plain data. */
export interface Plan extends Omit<Settings, Undecided> {
  target: TargetPlan;
  instances: number;
  /** Where messages are kept. Absent: in SQLite, in the folder of the run, or where the target wants. */
  log?: LogPlan;
  scenario: ScenarioName;
  /** What is done to the servers; with `plain` and `echo` the server stays away. */
  fault: Fault;
  /** How many faults there will be. */
  faults: number;
  /** Faults come at random moments, which the seed decides. */
  isRandom: boolean;
  /** Normal clients come back at once, whatever the server said. */
  ignoresHints: boolean;
  judging: Judging;
  thresholds: Threshold[];
  /** How many clients of each kind. */
  kinds: Record<ClientKind, number>;
  seed: number;
  signalPauseMs: number;
  exitCodes: number[];
  /** The most messages that can fall due. */
  maxMessages: number;
}

/** A seed for those who do not care. */
export function anySeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/**
 * Decides a run of one scenario, by default `rolling`. Throws an `OptionError` when the settings
 * contradict each other.
 */
export function makePlan(settings: Settings, words: readonly string[] = []): Plan {
  const name = chooseScenario(words);
  const scenario = scenarioOf(name);
  const kinds = allocate(settings.clients, settings.mix);
  const target = planTarget(settings, { ...scenario, keepsLimits: kinds.flood > 0 });
  const instances = countInstances(settings, target);
  const log = planLog(settings, { name, scenario, target, instances });
  const victims = victimCount({ fault: scenario.fault, instances, ...log ? { log } : {} });
  const faults = countFaults(settings, { scenario, target, victims });
  checkProtocol(settings, name);
  checkTimes(settings, faults);
  checkClients(settings, kinds);
  return {
    ...runSettings(settings),
    ...{
      target,
      instances,
      ...log ? { log } : {},
      scenario: name,
      fault: scenario.fault,
      faults,
      kinds,
    },
    ...{ isRandom: scenario.isRandom ?? false, ignoresHints: scenario.ignoresHints ?? false },
    judging: scenario.judging,
    thresholds: settings.thresholds ?? [],
    signals: faults === 0 ? 0 : settings.signals,
    signalPauseMs: SIGNAL_PAUSE_MS,
    seed: settings.seed ?? anySeed(),
    exitCodes: settings.exitCodes ?? (kinds.normal < settings.clients ? [0, 3] : [0]),
    maxMessages: countMessages(settings, faults),
  };
}

/** What a plan takes over as it is. */
function runSettings(settings: Settings): Omit<Settings, Undecided> {
  const { protocol, origin, allowRemote, clients, rooms, mix, rampPerSecond } = settings;
  const { ratePerSecond, sizeBytes, warmupMs, durationMs, faultAtMs, signals, repeat } = settings;
  const { graceMs, settleMs, closeCodes, deflate, via, ports } = settings;
  return {
    ...{ protocol, origin, allowRemote, clients, rooms, mix, rampPerSecond, ratePerSecond },
    ...{ sizeBytes, warmupMs, durationMs, faultAtMs, signals, repeat, graceMs, settleMs },
    ...{ closeCodes, deflate, ...via ? { via } : {}, ...ports ? { ports } : {} },
  };
}

function chooseScenario([word = "rolling", ...more]: readonly string[]): ScenarioName {
  const name = SCENARIO_NAMES.find((name) => name === word);
  if (name && more.length === 0) return name;
  throw new OptionError(
    `Cannot start: the scenario must be one of ${SCENARIO_NAMES.join(", ")}; ` +
      `got ${JSON.stringify([word, ...more].join(" "))}`,
  );
}
