/**
 * The reference in docs/embedding.md, made from what `deno doc` reads in the code.
 *
 * ```sh
 * deno run -A tests/api_reference.ts   # writes it into the page
 * ```
 */

import { SERVER_OPTIONS, type ServerConfig } from "../src/config.ts";
import type { ChatSettings } from "../src/mod.ts";
import type { Option } from "../src/options/mod.ts";

const PAGE = "docs/embedding.md";
const BEGIN = "<!-- begin of the reference: deno run -A tests/api_reference.ts -->";
const END = "<!-- end of the reference -->";

/** The parts of `deno doc --json` that are read. */
interface Doc {
  nodes: Record<string, { symbols: Symbol[] }>;
}

interface Symbol {
  name: string;
  declarations: Declaration[];
}

interface Declaration {
  kind: string;
  location: { filename: string };
  jsDoc?: { doc?: string };
  def: { properties?: Member[]; methods?: Member[] };
}

interface Member {
  name: string;
  jsDoc?: { doc?: string };
  accessibility?: string;
  isStatic?: boolean;
  kind?: string;
  functionDef?: unknown;
}

/** Groups of values, by the file that they come from. */
const GROUPS: readonly [string, RegExp][] = [
  ["The chat", /\/src\/(?:chat\w*|server|guard|config|profiles)\.ts$/],
  ["The shutdown", /\/src\/shutdown\//],
  ["The message log", /\/src\/message_log\//],
  [
    "Close codes, causes and units",
    /\/src\/(?:close_codes|errors|byte_size|duration|log|version)\.ts$|clock\.ts$/,
  ],
  ["Options of a command line", /\/src\/options\//],
];

/** The shapes whose members are shown. */
const SHAPES = [
  ["ChatDependencies", "what `createChat()` takes beside its options"],
  ["Chat", "what it gives"],
  ["ShutdownSettings", "what `new Shutdown()` takes, all of it optional, with the next"],
  ["Budget", "its times and rates"],
  ["Shutdown", ""],
  ["ConnectionSet", ""],
  ["TrackOptions", "what `track()` takes beside the socket"],
  ["Connection", "what it gives"],
  ["SignalOptions", "what `attachSignals()` takes beside the shutdown"],
] as const;

const TYPES = ["interface", "typeAlias"];

/** What only a server of its own has; all else can be set on a chat. */
const SERVER_ONLY: Record<Exclude<keyof ServerConfig, keyof ChatSettings>, true> = {
  profile: true,
  listen: true,
  admin: true,
  receipt: true,
  messageLog: true,
  durability: true,
  natsReplicas: true,
  natsCreds: true,
  natsNkey: true,
  natsCa: true,
  natsCert: true,
  natsKey: true,
  logFormat: true,
  logLevel: true,
};

/** The reference as Markdown. */
export function renderReference(json: string): string {
  const doc: Doc = JSON.parse(json);
  const symbols = Object.values(doc.nodes).flatMap((node) => node.symbols);
  return [
    ...GROUPS.map(([title, files]) => group(title, symbols.filter((one) => comesFrom(one, files)))),
    chatOptions(),
    ...SHAPES.map(([name, about]) => shape(symbols.find((one) => one.name === name)!, about)),
  ].join("\n\n");
}

/** Values that are in no group: a mistake of this file. */
export function ungrouped(json: string): string[] {
  const doc: Doc = JSON.parse(json);
  return Object.values(doc.nodes).flatMap((node) => node.symbols)
    .filter((one) => isValue(one) && !GROUPS.some(([, files]) => comesFrom(one, files)))
    .map(({ name }) => name);
}

function isValue({ declarations }: Symbol): boolean {
  return declarations.some(({ kind }) => !TYPES.includes(kind));
}

function comesFrom(symbol: Symbol, files: RegExp): boolean {
  return isValue(symbol) && files.test(symbol.declarations[0]!.location.filename);
}

function group(title: string, symbols: Symbol[]): string {
  const rows = symbols.map(({ name, declarations: [first] }) => {
    const call = { function: `${name}()`, class: `class ${name}` }[first!.kind] ?? name;
    return `| \`${call}\` | ${gist(first!)} |`;
  });
  return [`### ${title}`, "", "| | |", "| --- | --- |", ...rows].join("\n");
}

function chatOptions(): string {
  const options = Object.entries(SERVER_OPTIONS) as [string, Option<unknown>][];
  const rows = options.filter(([name]) => !(name in SERVER_ONLY))
    .map(([name, { flag, default: standard, help }]) =>
      `| \`${name}\` | \`--${flag}\` | ${standard ? `\`${standard}\`` : ""} | ${help} |`
    );
  const head = ["| option | flag | its default | |", "| --- | --- | --- | --- |"];
  return ["### `ChatOptions`: what `createChat()` takes first", "", ...head, ...rows].join("\n");
}

function shape({ name, declarations: [first] }: Symbol, about: string): string {
  const { properties = [], methods = [] } = first!.def;
  const rows = [
    ...properties.filter(isShown).map((one) => `| \`${one.name}\` | ${gist(one)} |`),
    ...methods.filter(isShown).map((one) =>
      `| \`${one.name}${one.kind === "getter" ? "" : "()"}\` | ${gist(one)} |`
    ),
  ];
  const title = about ? `### \`${name}\`: ${about}` : `### \`${name}\``;
  return [title, "", "| | |", "| --- | --- |", ...rows].join("\n");
}

function isShown({ name, accessibility }: Member): boolean {
  return accessibility !== "private" && !/^[#[]/.test(name);
}

/** The first paragraph of a documentation, in one line. */
function gist({ jsDoc }: { jsDoc?: { doc?: string } }): string {
  return (jsDoc?.doc ?? "").split("\n\n")[0]!.replaceAll("\n", " ")
    .replace(/\{@linkcode ([^}]+)\}/g, "`$1`").replaceAll("|", "\\|");
}

/** The reference that a page shows. */
export function shownReference(page: string): string {
  return page.slice(page.indexOf(BEGIN) + BEGIN.length, page.indexOf(END)).trim();
}

/** What `deno doc` reads in the public module. */
export async function readDoc(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", "src/mod.ts"],
  }).output();
  return new TextDecoder().decode(stdout);
}

if (import.meta.main) {
  const page = await Deno.readTextFile(PAGE);
  const [before, after] = [page.slice(0, page.indexOf(BEGIN)), page.slice(page.indexOf(END))];
  const reference = renderReference(await readDoc());
  await Deno.writeTextFile(PAGE, `${before}${BEGIN}\n\n${reference}\n\n${after}`);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", PAGE] }).output();
}
