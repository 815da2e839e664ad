/**
 * Settings from a file: JSON with the names of flags as keys, `{"clients": 500, "threshold": ["…"]}`.
 *
 * @module
 */

import { type Layer, OptionError } from "@lastcall/lastcall";

/** Reads a file of text. */
export type ReadText = (file: string) => string;

/** Flags that say what to do: they are said, not kept. */
const NOT_KEPT = ["config", "check", "list", "dry-run", "selftest"];

/** The settings in a file. Throws an `OptionError` that names it. */
export function readConfig(file: string, readText: ReadText): Layer {
  const values = parseObject(file, readFile(file, readText));
  const wrong = NOT_KEPT.find((key) => Object.hasOwn(values, key));
  if (wrong === undefined) return { source: file, values };
  throw new OptionError(
    `Cannot start: ${file} must not have the key "${wrong}": it is only a flag`,
  );
}

function readFile(file: string, readText: ReadText): string {
  try {
    return readText(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new OptionError(`Cannot start: --config must be a file that can be read; ${message}`, {
      cause,
    });
  }
}

function parseObject(file: string, text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OptionError(`Cannot start: ${file} must be JSON; ${(cause as Error).message}`, {
      cause,
    });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new OptionError(
    `Cannot start: ${file} must hold an object such as {"clients": 500}; got ${text.trim()}`,
  );
}
