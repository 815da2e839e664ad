/**
 * Measures what nodes on a NATS log cost, holds the model of docs/scaling.md to it, and writes both there:
 *
 * ```sh
 * deno run -A --v8-flags=--expose-gc tests/scaling/measure.ts [--rounds N] [--seconds N] [--write FILE]
 * ```
 *
 * It runs in the root of the repository and needs `nats-server` on the `PATH`.
 */

import { parseArgs } from "@std/cli/parse-args";
import { Children } from "../../cli/bench/children.ts";
import { describeMachine } from "../../cli/bench/machine.ts";
import { natsVersion } from "../../cli/bench/stores.ts";
import { Interrupt } from "../../cli/loadtest/interrupt.ts";
import { measureContents, observeFlood } from "./contents.ts";
import { compare, costsOf, medianOf, type Observed } from "./findings.ts";
import { type Assumption, extrapolate, type NodeLimits } from "./model.ts";
import { type Observation, observe, observeIdle, type ObserveOptions } from "./observe.ts";
import { CALIBRATION, CHECKS, type Scenario } from "./scenarios.ts";
import {
  coefficientRows,
  comparisonRows,
  errorText,
  extrapolationRows,
  fillIn,
  table,
} from "./tables.ts";

const SIZE_BYTES = 128;
const WARMUP_MS = 3_000;
const IDLE_CLIENTS = 4_000;
const FLOOD_MESSAGES = 100_000;
const KEPT_MESSAGES = 200_000;
const LIMITS: NodeLimits = { cpu: 0.6, memoryBytes: 2 * 2 ** 30 };

const MILLION = { clients: 1_000_000, keptSeconds: 3_600 };
const ASSUMPTIONS: readonly Assumption[] = [
  { ...MILLION, name: "quiet groups", roomSize: 20, everySeconds: 600 },
  { ...MILLION, name: "talkative groups", roomSize: 20, everySeconds: 120 },
  { ...MILLION, name: "big rooms", roomSize: 1_000, everySeconds: 1_200 },
  { ...MILLION, name: "everybody chats", roomSize: 20, everySeconds: 20 },
];

if (import.meta.main) {
  const { rounds, seconds, write } = parseArgs(Deno.args, {
    default: { rounds: 1, seconds: 6 },
    string: ["write"],
  });
  const parts = await measure(Number(rounds), Number(seconds) * 1_000);
  if (parts && write) await fillPage(write, parts);
}

async function measure(rounds: number, windowMs: number): Promise<Map<string, string> | undefined> {
  const children = new Children();
  using interrupt = new Interrupt(() => children.kill());
  const { signal } = interrupt;
  const options = { children, signal, windowMs, warmupMs: WARMUP_MS, sizeBytes: SIZE_BYTES };
  const nats = await natsVersion();
  if (!nats) throw new Error("Cannot measure: nats-server must be on the PATH");
  const contents = await measureContents(KEPT_MESSAGES, SIZE_BYTES);
  tell(`contents: ${JSON.stringify(contents)}`);
  const idle = await observeIdle(IDLE_CLIENTS, options);
  tell(`idle: ${JSON.stringify(idle)}`);
  const floods: Observed[] = [];
  for (const replicas of [1, 3] as const) {
    floods.push(await observeFlood(replicas, { ...options, messages: FLOOD_MESSAGES }));
    tell(`flood, R${replicas}: ${JSON.stringify(floods.at(-1))}`);
  }
  const observed = await observeAll([...CALIBRATION, ...CHECKS], { rounds, options });
  if (signal.aborted) return undefined;
  const fitted = [...floods, ...observed.slice(0, CALIBRATION.length)];
  const checked = observed.slice(CALIBRATION.length);
  const costs = costsOf(fitted, idle);
  const sizes = { ...idle, ...contents };
  const ofFit = fitted.map((one) => ({ ...compare(one, costs), use: "fitted" as const }));
  const ofChecks = checked.map((one) => ({ ...compare(one, costs), use: "checked" as const }));
  const { cpu, cores, system } = await describeMachine({});
  const parts = new Map([
    [
      "machine",
      `${new Date().toISOString().slice(0, 10)}; ${cpu}, ${cores} cores, ${system}; ` +
      `deno ${Deno.version.deno}, nats-server ${nats}. Messages of ${SIZE_BYTES} B; ` +
      `${windowMs / 1_000} s of each load after ${
        WARMUP_MS / 1_000
      } s of warm-up; rounds: ${rounds}.`,
    ],
    ["coefficients", table(coefficientRows(costs, sizes))],
    ["checks", `${errorText(ofChecks)}\n\n${table(comparisonRows([...ofFit, ...ofChecks]))}`],
    [
      "million",
      table(extrapolationRows(ASSUMPTIONS.map((assumption) => ({
        assumption,
        result: extrapolate(assumption, { ...costs, sizes, limits: LIMITS }),
      })))),
    ],
  ]);
  for (const [name, text] of parts) print(`${name}\n\n${text}\n`);
  return parts;
}

/** Every other round goes backwards: a machine that grows busier is not to make one kind look dear. */
async function observeAll(
  scenarios: readonly Scenario[],
  { rounds, options }: { rounds: number; options: ObserveOptions },
): Promise<Observed[]> {
  const seen = new Map<Scenario, Observation[]>(scenarios.map((scenario) => [scenario, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of round % 2 === 1 ? scenarios : scenarios.toReversed()) {
      if (options.signal.aborted) return [];
      const { name, replicas, clients } = scenario;
      const one = await observe(scenario, options);
      seen.get(scenario)!.push(one);
      tell(
        `round ${round} of ${rounds}: ${name}, R${replicas}, nodes ${clients.length}: ` +
          JSON.stringify(one),
      );
    }
  }
  return [...seen].map(([scenario, all]) => ({ scenario, seen: medianOf(all) }));
}

async function fillPage(file: string, parts: ReadonlyMap<string, string>): Promise<void> {
  let page = await Deno.readTextFile(file);
  for (const [name, text] of parts) page = fillIn(page, name, text);
  await Deno.writeTextFile(file, page);
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", file] }).output();
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}
