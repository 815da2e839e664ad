/**
 * Turns what was said into settings: flag, else environment, else layer by layer, else default.
 *
 * @module
 */

import { parseArgs } from "@std/cli/parse-args";
import { closestString } from "@std/text/closest-string";
import type { Kind } from "./kinds.ts";
import { checkKeys, type Layer, textsOf } from "./layer.ts";
import { type Option, OptionError, type OptionTable } from "./table.ts";

/** Reads one environment variable. */
export type ReadEnv = (name: string) => string | undefined;

/** What a command line said. */
export interface CommandLine<C> {
  /** Every setting; empty when help or the version is wanted. */
  settings: C;
  /** Arguments that are not flags. */
  words: string[];
  /** The flags that were given, without dashes, in the order of the table. */
  flags: string[];
  /** `--help` or `--version` was given: print it instead of running. */
  wants?: "help" | "version";
}

/**
 * Reads a program's command line by its table; the first layer that has a value wins. Throws
 * {@linkcode OptionError}.
 */
export function resolveOptions<C>(
  table: OptionTable<C>,
  args: readonly string[],
  readEnv: ReadEnv = () => undefined,
  layers: readonly Layer[] = [],
): CommandLine<C> {
  const { flags: given, words, help, version } = readFlags(table, args);
  const flags = [...given.keys()];
  if (help) return { settings: {} as C, words: [], flags, wants: "help" };
  if (version) return { settings: {} as C, words: [], flags, wants: "version" };
  const known = entries(table).map(([, option]) => option.flag);
  for (const layer of layers) checkKeys(layer, known);
  const settings: Partial<Record<string, unknown>> = {};
  for (const [name, option] of entries(table)) {
    const said = findSaid(option, given.get(option.flag), readEnv, layers);
    if (said) settings[name] = parseSaid(option, said);
  }
  return { settings: settings as C, words, flags };
}

/** The settings when nothing is given: what the defaults of a table say. */
export function defaultsOf<C>(table: OptionTable<C>): C {
  return resolveOptions(table, []).settings;
}

/** Texts for an option, and where they were found. */
interface Said {
  texts: readonly string[];
  source: string;
}

function findSaid(
  option: Option<unknown>,
  given: readonly string[] | undefined,
  readEnv: ReadEnv,
  layers: readonly Layer[],
): Said | undefined {
  const { flag, env, default: standard } = option;
  if (given !== undefined) return { texts: given, source: `--${flag}` };
  const variable = env ? readEnv(env) : undefined;
  // A variable set to nothing is how compose files and shells say "not set".
  if (variable !== undefined && variable !== "") return { texts: [variable], source: env! };
  for (const layer of layers) {
    const texts = textsOf(layer, flag);
    if (texts) return { texts, source: `${JSON.stringify(flag)} in ${layer.source}` };
  }
  return standard === undefined
    ? undefined
    : { texts: [standard], source: `the default of --${flag}` };
}

function parseSaid({ kind }: Option<unknown>, { texts, source }: Said): unknown {
  if (kind.repeats) return texts.flatMap((text) => parseValue(kind, text, source) as unknown[]);
  const [text = ""] = texts;
  return parseValue(kind, texts.length === 1 ? text : `[${texts.join(", ")}]`, source);
}

function parseValue(kind: Kind<unknown>, text: string, source: string): unknown {
  const value = kind.parse(text);
  if (value !== undefined) return value;
  const why = kind.explain?.(text);
  const shown = kind.show?.(text) ?? text;
  throw new OptionError(
    `Cannot start: ${source} must be ${kind.allowed}; got ${JSON.stringify(shown)}` +
      (why === undefined ? "" : `: ${why}`),
  );
}

interface Given {
  flags: Map<string, string[]>;
  words: string[];
  help: boolean;
  version: boolean;
}

function readFlags<C>(table: OptionTable<C>, args: readonly string[]): Given {
  const options = entries(table).map(([, option]) => option);
  const switches = options.filter(({ kind }) => kind.placeholder === "").map(({ flag }) => flag);
  const known = options.map(({ flag }) => flag);
  const withValue = known.filter((flag) => !switches.includes(flag));
  const repeated = options.filter(({ kind }) => kind.repeats).map(({ flag }) => flag);
  const parsed = parseArgs(joinDashes(args, withValue), {
    string: withValue,
    collect: repeated,
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
  const flags = new Map<string, string[]>();
  for (const flag of known) {
    const value = parsed[flag];
    // A switch that is not there parses as false: only the arguments tell whether it was said.
    const said = !switches.includes(flag) || value === true || args.includes(`--no-${flag}`);
    const values = value === undefined ? [] : [value].flat().map(String);
    if (said && values.length > 0) flags.set(flag, values);
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
