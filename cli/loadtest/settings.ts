/**
 * The options of `deno task loadtest`.
 *
 * @module
 */

import type { OptionTable } from "@lastcall/lastcall";
import { TARGET_SETTINGS, type TargetSettings } from "./settings/target.ts";
import { LOAD_SETTINGS, type LoadSettings } from "./settings/load.ts";
import { TIME_SETTINGS, type TimeSettings } from "./settings/time.ts";
import { VERDICT_SETTINGS, type VerdictSettings } from "./settings/verdict.ts";
import { OUTPUT_SETTINGS, type OutputSettings } from "./settings/output.ts";
import { MODE_SETTINGS, type ModeSettings } from "./settings/mode.ts";

/** Everything that a load test can be told. Durations are in milliseconds. */
export interface Settings
  extends
    TargetSettings,
    LoadSettings,
    TimeSettings,
    VerdictSettings,
    OutputSettings,
    ModeSettings {}

/** The options by the setting that each fills. */
export const SETTINGS: OptionTable<Settings> = {
  ...TARGET_SETTINGS,
  ...LOAD_SETTINGS,
  ...TIME_SETTINGS,
  ...VERDICT_SETTINGS,
  ...OUTPUT_SETTINGS,
  ...MODE_SETTINGS,
};
