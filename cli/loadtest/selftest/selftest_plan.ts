/**
 * The runs of the self-test: short, and under a load in which each fault is certain to show.
 *
 * @module
 */

import { resolveOptions } from "@lastcall/lastcall";
import { makePlan, type Plan } from "../plan.ts";
import { SETTINGS } from "../settings.ts";
import type { Fault } from "./faults.ts";

const PROGRAM = new URL("./faulty_server.ts", import.meta.url);
const LOAD = ["--clients", "30", "--rate", "200"];
const TIMES = [
  ...["--warmup", "100ms", "--fault-at", "400ms", "--duration", "500ms"],
  ...["--grace", "2s", "--settle", "2s"],
];

/** What is played with a fault. */
export function selftestPlan({ name, instances = 1 }: Fault): Plan {
  const command = [
    ...[Deno.execPath(), "run", "--allow-all", PROGRAM.href].map(quote),
    ...["--port {port} --log {dir}/log --alternates '{peers}' --fault", name],
  ].join(" ");
  const { settings } = resolveOptions(SETTINGS, [
    ...["--spawn", command, "--target", "ws://127.0.0.1:{port}/ws", "--instances", `${instances}`],
    ...LOAD,
    ...TIMES,
  ]);
  return makePlan(settings);
}

/** As one word for a shell. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
