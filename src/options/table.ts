/**
 * A table of options is the only place where a program's options are declared: parsing, errors and
 * `--help` are all read off it.
 *
 * @module
 */

import type { Kind } from "./kinds.ts";

/** One option of a program. */
export interface Option<T> {
  /** The flag without its dashes: `max-clients`. */
  flag: string;
  /** One letter for the flag, as in `-c`. */
  short?: string;
  /** The environment variable that sets it where the flag does not. */
  env?: string;
  /** What values it takes. */
  kind: Kind<T>;
  /** The default, written as a user would write it; `undefined` leaves the option unset. */
  default?: string;
  /** One line for `--help`: the effect, and the hazard if there is one. */
  help: string;
  /** The heading of `--help` that it stands under. */
  group: string;
}

/** Options by the name of the setting that each fills. */
export type OptionTable<C> = { [K in keyof C]-?: Option<NonNullable<C[K]>> };

/** A mistake in the command line or the environment. The message is meant for the user. */
export class OptionError extends RangeError {
  /** @ignore */
  override name = "OptionError";
}
