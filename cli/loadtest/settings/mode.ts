/**
 * Where settings come from, and what to do instead of a run.
 *
 * @module
 */

import { onOff, type OptionTable, text } from "@lastcall/lastcall";

/** Where settings come from, and what to do instead of a run. */
export interface ModeSettings {
  config?: string;
  check?: string;
  list: boolean;
  dryRun: boolean;
  selftest: boolean;
}

/** The options for it. */
export const MODE_SETTINGS: OptionTable<ModeSettings> = {
  config: {
    flag: "config",
    env: "LOADTEST_CONFIG",
    kind: text("FILE", "a file name"),
    help: "JSON with settings by flag, without dashes; flags and variables win over it.",
    group: "What to do",
  },
  check: {
    flag: "check",
    kind: text("JOURNAL", "the file name of a journal"),
    help: "Judge a saved journal again, and start nothing.",
    group: "What to do",
  },
  list: {
    flag: "list",
    kind: onOff,
    default: "false",
    help: "Print the scenarios, and what each changes.",
    group: "What to do",
  },
  dryRun: {
    flag: "dry-run",
    kind: onOff,
    default: "false",
    help: "Print the plan with all its moments, and start nothing.",
    group: "What to do",
  },
  selftest: {
    flag: "selftest",
    kind: onOff,
    default: "false",
    help: "Play against faulty servers, all or those named, and tell which are found out.",
    group: "What to do",
  },
};
