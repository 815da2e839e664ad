/** Observations as rows of a Markdown table. */

import { formatDuration } from "@lastcall/lastcall";
import type { Counts, Observation } from "./observation.ts";
import type { Peer } from "./peers.ts";

/** The head of the table. */
export const TABLE_HEAD = [
  "| name | server | on SIGTERM | clients saw | said before: all / some / nobody | " +
  "said after: all / some / nobody | deliveries missed | process exit | exit code |",
  "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
].join("\n");

/** One row. */
export function tableRow({ name, title, onSigterm, flags }: Peer, seen: Observation): string {
  const isSilent = flags?.join(" ").includes("--rate 0");
  const messages = isSilent
    ? ["", "", ""]
    : [before(seen), counts(seen.after), String(seen.before.missed + seen.after.missed)];
  const cells = [name, title, onSigterm, closes(seen), ...messages, exit(seen)];
  return `| ${[...cells, [...seen.exitCodes].join(", ")].join(" | ")} |`;
}

/** More than this had not arrived everywhere at the signal: then the load was too much for the server. */
const IN_FLIGHT_SHARE = 0.01;

function before({ before: { all, some, nobody } }: Observation): string {
  const share = (some + nobody) / (all + some + nobody);
  return counts({ all, some, nobody }) + (share > IN_FLIGHT_SHARE ? ", overloaded" : "");
}

function counts({ all, some, nobody }: Omit<Counts, "missed">): string {
  return `${all} / ${some} / ${nobody}`;
}

function closes(seen: Observation): string {
  return [...seen.closes].sort(([, some], [, more]) => more - some)
    .map(([code, clients]) => `${code ?? "no end"} × ${clients}`).join(", ");
}

function exit({ exitsMs }: Observation): string {
  const [least, most] = [Math.min(...exitsMs), Math.max(...exitsMs)].map(readable);
  return least === most ? least! : `${least}–${most}`;
}

/** Two digits are enough to compare. */
function readable(ms: number): string {
  return formatDuration(Number(ms.toPrecision(2)));
}
