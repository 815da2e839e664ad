/**
 * Flags that do not go together. Each rule throws an `OptionError`.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import type { Settings } from "./settings.ts";

/** What was said on the command line itself. */
export interface SaidFlags {
  flags: readonly string[];
  words: readonly string[];
}

const OUTPUT = ["json", "html", "quiet", "color"];
/** What may be said along with those that do something else than a run. */
const COMPANIONS: Record<string, readonly string[]> = {
  check: [...OUTPUT, "threshold"],
  list: ["color"],
  selftest: ["quiet", "color"],
};

/** Checks them all. */
export function checkFlags(settings: Settings, said: SaidFlags): void {
  checkModes(settings, said);
  checkStdout(settings);
}

/** `--check` and the like start no run, so nothing about a run can be said with them. */
function checkModes({ check, list, selftest }: Settings, { flags, words }: SaidFlags): void {
  const modes = Object.entries({ check: check !== undefined, list, selftest });
  const mode = modes.find(([, isWanted]) => isWanted)?.[0];
  if (mode === undefined) return;
  const allowed = [mode, ...COMPANIONS[mode]!];
  const other = flags.find((flag) => !allowed.includes(flag));
  // Words after --selftest name the faults.
  const word = mode === "selftest" ? undefined : words[0];
  const extra = other === undefined ? word : `--${other}`;
  if (extra === undefined) return;
  throw new OptionError(
    `Cannot start: --${mode} starts no run, so ${extra} must not be given with it`,
  );
}

/** The text of a report gives way to one of these, not to two. */
function checkStdout({ json, html, journal }: Settings): void {
  const users = Object.entries({ json, html, journal }).filter(([, file]) => file === "-");
  if (users.length < 2) return;
  const names = users.map(([flag]) => `--${flag}`).join(" and ");
  throw new OptionError(`Cannot start: only one of ${names} must be -, for there is one stdout`);
}
