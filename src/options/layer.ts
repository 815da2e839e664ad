/**
 * Settings from elsewhere than the command line and the environment: a file, or defaults that depend on
 * what is wanted.
 *
 * @module
 */

import { closestString } from "@std/text/closest-string";
import { OptionError } from "./table.ts";

/** Settings of one source. */
export interface Layer {
  /** Where they come from, for errors: `loadtest.json`. */
  source: string;
  /** By flag, without the dashes. A key that is no flag, and a value of another type, is an error. */
  values: Readonly<Record<string, unknown>>;
}

/** Throws an {@linkcode OptionError} when a layer has a key that is none of `flags`. */
export function checkKeys({ source, values }: Layer, flags: readonly string[]): void {
  const unknown = Object.keys(values).find((key) => !flags.includes(key));
  if (unknown === undefined) return;
  throw new OptionError(
    `Cannot start: ${source} has the unknown key ${JSON.stringify(unknown)}; did you mean ` +
      `${JSON.stringify(closestString(unknown, [...flags]))}?`,
  );
}

/** The texts that a layer gives for a flag; `undefined` when it says nothing. */
export function textsOf({ values }: Layer, flag: string): string[] | undefined {
  if (!Object.hasOwn(values, flag)) return undefined;
  const value = values[flag];
  const items = Array.isArray(value) ? value : [value];
  // What is no text and no number is shown as it is, and no kind of option will take it.
  return items.map((item) => isPlain(item) ? String(item) : JSON.stringify(item) ?? "");
}

function isPlain(value: unknown): boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}
