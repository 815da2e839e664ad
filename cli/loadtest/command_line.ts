/**
 * What a command line asks for. Settings are found in this order: flag, variable, file, scenario, default.
 *
 * @module
 */

import { type Layer, OptionError, type ReadEnv, resolveOptions } from "@lastcall/lastcall";
import { checkFlags } from "./command_rules.ts";
import { readConfig, type ReadText } from "./config_file.ts";
import { anySeed, makePlan, type Plan } from "./plan.ts";
import { ALL, allScenarios, SCENARIO_NAMES, type ScenarioName, scenarioOf } from "./scenarios.ts";
import { SETTINGS, type Settings } from "./settings.ts";
import type { OutputSettings } from "./settings/output.ts";
import type { Threshold } from "./thresholds.ts";

/** What is to be done. */
export type Command =
  | { do: "help" | "version" | "list" }
  | { do: "selftest"; faults: string[] }
  | { do: "dry-run"; plans: Plan[] }
  | { do: "run"; plans: Plan[]; output: OutputSettings }
  /** `thresholds`: those that were given now; absent: those of the journal. */
  | { do: "check"; journal: string; thresholds?: Threshold[]; output: OutputSettings };

/** What a command line is read with. */
export interface CommandSurroundings {
  readEnv: ReadEnv;
  readText: ReadText;
}

/** Reads a command line. Throws an `OptionError` that says what is wrong with it. */
export function readCommand(args: readonly string[], around: CommandSurroundings): Command {
  const { readEnv, readText } = around;
  const first = resolveOptions(SETTINGS, args, readEnv);
  const { wants, words, flags, settings: { config } } = first;
  if (wants) return { do: wants };
  const layers = config === undefined ? [] : [readConfig(config, readText)];
  const { settings } = resolveOptions(SETTINGS, args, readEnv, layers);
  checkFlags(settings, { flags, words });
  if (settings.list) return { do: "list" };
  if (settings.selftest) return { do: "selftest", faults: words };
  if (settings.check !== undefined) return checkCommand(settings, settings.check);
  const plans = planAll(namesOf(words, settings), { ...around, args, layers });
  if (settings.dryRun) return { do: "dry-run", plans };
  return { do: "run", plans, output: settings };
}

function checkCommand(settings: Settings, journal: string): Command {
  const { thresholds } = settings;
  return { do: "check", journal, output: settings, ...thresholds ? { thresholds } : {} };
}

/** A plan for each scenario, all with the same seed. */
function planAll(
  names: readonly ScenarioName[],
  { args, readEnv, layers }: { args: readonly string[]; readEnv: ReadEnv; layers: Layer[] },
): Plan[] {
  const seed = anySeed();
  return names.map((name) => {
    const scenario = { source: `the scenario ${name}`, values: scenarioOf(name).defaults };
    const { settings } = resolveOptions(SETTINGS, args, readEnv, [...layers, scenario]);
    return makePlan({ seed, ...settings }, [name]);
  });
}

function namesOf(
  words: readonly string[],
  { log, natsServers = 3 }: Settings,
): readonly ScenarioName[] {
  if (words.length === 0) return ["rolling"];
  return words.flatMap((word) => {
    if (word === ALL) return allScenarios({ withNats: log?.kind === "cluster" ? natsServers : 0 });
    const name = SCENARIO_NAMES.find((name) => name === word);
    if (name) return [name];
    throw new OptionError(
      `Cannot start: the scenario must be one of ${[...SCENARIO_NAMES, ALL].join(", ")}; ` +
        `got ${JSON.stringify(word)}`,
    );
  });
}
