/**
 * Turns arguments and environment into settings: flag, else environment, else layer, else default.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import { type Option, OptionError, type OptionTable } from "./table.ts";

/** Reads one environment variable. */
export type ReadEnv = (name: string) => string | undefined;

/** Values that apply where neither a flag nor a variable does; the first layer that has one wins. */
export interface OptionLayer {
  /** Whose values these are, for error messages. */
  source: string;
  /** Values by flag, written as a user would write them. */
  values: Record<string, string>;
}

/** What a command line said. */
export interface CommandLine<C> {
  /** Every setting; empty when help or the version is wanted. */
  settings: C;
  /** Arguments that are not flags. */
  words: string[];
  /** `--help` or `--version` was given: print it instead of running. */
  wants?: "help" | "version";
}

/** Reads a program's command line by its table. Throws {@linkcode OptionError}. */
export function resolveOptions<C>(
  table: OptionTable<C>,
  args: readonly string[],
  readEnv: ReadEnv = () => undefined,
  layers: readonly OptionLayer[] = [],
): CommandLine<C> {
  const given = readFlags(table, args);
  if (given.help) return { settings: {} as C, words: [], wants: "help" };
  if (given.version) return { settings: {} as C, words: [], wants: "version" };
  const settings: Partial<Record<string, unknown>> = {};
  for (const [name, option] of entries(table)) {
    const value = valueOf(option, given.flags.get(option.flag), { readEnv, layers });
    if (value !== undefined) settings[name] = value;
  }
  return { settings: settings as C, words: given.words };
}

/** The settings when nothing is given: what the defaults of a table say. */
export function defaultsOf<C>(table: OptionTable<C>): C {
  return resolveOptions(table, []).settings;
}

function valueOf(
  option: Option<unknown>,
  flag: string | undefined,
  { readEnv, layers }: { readEnv: ReadEnv; layers: readonly OptionLayer[] },
): unknown {
  if (flag !== undefined) return parseValue(option, flag, `--${option.flag}`);
  const variable = option.env ? readEnv(option.env) : undefined;
  // A variable set to nothing is how compose files and shells say "not set".
  if (variable !== undefined && variable !== "") return parseValue(option, variable, option.env!);
  const layer = layers.find(({ values }) => Object.hasOwn(values, option.flag));
  if (layer) {
    return parseValue(option, layer.values[option.flag]!, `--${option.flag} of ${layer.source}`);
  }
  return option.default === undefined
    ? undefined
    : parseValue(option, option.default, `the default of --${option.flag}`);
}

function parseValue(option: Option<unknown>, text: string, source: string): unknown {
  const value = option.kind.parse(text);
  if (value !== undefined) return value;
  throw new OptionError(
    `Cannot start: ${source} must be ${option.kind.allowed}; got ${JSON.stringify(text)}`,
  );
}

interface Given {
  flags: Map<string, string>;
  words: string[];
  help: boolean;
  version: boolean;
}

function readFlags<C>(table: OptionTable<C>, args: readonly string[]): Given {
  const options = entries(table).map(([, option]) => option);
  const switches = options.filter(({ kind }) => kind.placeholder === "").map(({ flag }) => flag);
  const known = options.map(({ flag }) => flag);
  const withValue = known.filter((flag) => !switches.includes(flag));
  const parsed = parseArgs(joinDashes(args, withValue), {
    string: withValue,
    boolean: ["help", "version", ...switches],
    alias: Object.fromEntries([
      ["help", ["h"]],
      ...options.filter(({ short }) => short).map(({ flag, short }) => [flag, [short]]),
    ]),
    negatable: switches,
    unknown(arg: string): boolean {
      if (!arg.startsWith("-") || arg === "-") return true;
      throw new OptionError(unknownFlag(arg.replace(/^-+|=.*$/g, ""), known));
    },
  }) as Record<string, unknown> & { _: (string | number)[] };
  const flags = new Map<string, string>();
  for (const flag of known) {
    const value = parsed[flag];
    // A switch that is not there parses as false: only the arguments tell whether it was said.
    const said = !switches.includes(flag) || value === true || args.includes(`--no-${flag}`);
    if (value !== undefined && said) flags.set(flag, String(value));
  }
  return {
    flags,
    words: parsed._.map(String),
    help: parsed.help === true,
    version: parsed.version === true,
  };
}

/** `--file -` as `--file=-`: the parser would take a lone dash for a word. */
function joinDashes(args: readonly string[], withValue: string[]): string[] {
  const isValue = (i: number) =>
    args[i] === "-" && withValue.some((flag) => args[i - 1] === `--${flag}`);
  return args.flatMap((arg, i) => isValue(i) ? [] : isValue(i + 1) ? [`${arg}=-`] : [arg]);
}

function unknownFlag(name: string, known: string[]): string {
  const nearest = closestString(name, [...known, "help", "version"]);
  return `Cannot start: unknown flag --${name}; did you mean --${nearest}? --help lists them all`;
}

function entries<C>(table: OptionTable<C>): [string, Option<unknown>][] {
  return Object.entries(table) as [string, Option<unknown>][];
}
