/**
 * `--help`, printed from the same table that is parsed.
 *
 * @module
 */

import type { Option, OptionTable } from "./table.ts";

/** The help text of a program: `intro`, then every option with its default, variable and meaning. */
export function helpText<C>(table: OptionTable<C>, intro: string): string {
  const groups = new Map<string, string[]>();
  for (const option of Object.values(table) as Option<unknown>[]) {
    const lines = groups.get(option.group) ?? [];
    groups.set(option.group, [...lines, ...describe(option)]);
  }
  groups.set("Other", [...groups.get("Other") ?? [], "  -h, --help", "  --version"]);
  const sections = [...groups].map(([title, lines]) => `${title}:\n${lines.join("\n")}`);
  return [intro.trimEnd(), ...sections].join("\n\n") + "\n";
}

function describe(option: Option<unknown>): string[] {
  const short = option.short ? `-${option.short}, ` : "";
  const value = option.kind.placeholder ? ` ${option.kind.placeholder}` : "";
  const facts = [
    option.default === undefined || option.kind.placeholder === ""
      ? ""
      : `default ${option.default}`,
    option.env ? `env ${option.env}` : "",
  ].filter(Boolean).join("; ");
  return [
    `  ${short}--${option.flag}${value}`,
    `      ${option.help}${facts ? ` [${facts}]` : ""}`,
  ];
}
