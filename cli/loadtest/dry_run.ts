/**
 * `--dry-run`: a plan with all its moments. The same seed gives the same bytes.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import { describePlan } from "./describe_plan.ts";
import { CLIENT_KINDS } from "./mix.ts";
import type { Plan } from "./plan.ts";
import type { Fault } from "./scenarios.ts";
import { type Seat, seatsOf } from "./seating.ts";
import { type Cell, tableLines } from "./text_table.ts";
import { faultSchedule } from "./load/fault_schedule.ts";
import { APART_MS } from "./load/cut_off.ts";
import { LOSS_MS } from "./load/end_server.ts";
import { FREEZE_MS } from "./load/freeze_server.ts";
import { victimName } from "./victims.ts";
import { describeLog, streamOf } from "./log_plan.ts";

/** Runs whose moments are written out; of more, the first. */
const MOST_RUNS = 3;

/** Everything that a plan decides. */
export function dryRunText(plan: Plan): string {
  const runs = Math.min(plan.repeat, MOST_RUNS);
  const sections = [
    describePlan(plan).join("\n"),
    `Starts\n${startLines(plan).join("\n")}`,
    ...Array.from({ length: runs }, (_, i) => runText({ ...plan, seed: plan.seed + i }, i)),
    ...plan.repeat > runs ? [`… and ${plan.repeat - runs} more runs, each with the next seed`] : [],
  ];
  return sections.join("\n\n") + "\n";
}

function startLines(plan: Plan): string[] {
  const { target, instances, protocol, ports, via, log } = plan;
  if (target.kind === "url") return [`  nothing: clients connect to ${target.url}`];
  const command = target.kind === "spawn" ? target.command : `main.ts ${target.flags.join(" ")}`;
  const natsLines = log?.kind === "cluster"
    ? [`  ${describeLog(log)}, with the stream ${streamOf(plan)}`]
    : [];
  const at = (s: number) => ports ? ` at port ${ports[s]}` : "";
  return natsLines
    .concat(Array.from({ length: instances }, (_, s) => `  server ${s + 1}${at(s)}: ${command}`))
    .concat(protocol === "v1" && instances > 1 ? ["  all on one message log"] : [])
    .concat(via ? [`  clients connect to ${via}, which must lead to them`] : []);
}

function runText(plan: Plan, i: number): string {
  const title = plan.repeat > 1 ? `Run ${i + 1}, seed ${plan.seed}` : "Schedule";
  const lines = tableLines([...connects(plan), ...moments(plan)]).map((line) => `  ${line}`);
  return `${title}\n${lines.join("\n")}`;
}

/** How many of each kind connect to each server and room, and who is the first. */
function connects(plan: Plan): Cell[][] {
  // A proxy does not ask for the server that a seat is drawn for.
  const where = (server: number) => plan.via ? "the proxy" : `server ${server + 1}`;
  const seats = seatsOf(plan).map((seat) => plan.via ? { ...seat, server: 0 } : seat);
  const groups = Map.groupBy(
    seats,
    ({ kind, server, room }) => `${CLIENT_KINDS.indexOf(kind)} ${server} ${room}`,
  );
  return [...groups].toSorted(([a], [b]) => a < b ? -1 : 1).map(([, seats]) => {
    const [{ kind, server, room, atMs }] = seats as [Seat];
    const place = `${where(server)}${plan.rooms > 1 ? `, room r${room}` : ""}`;
    const last = seats.at(-1)!.atMs;
    const when = `${formatDuration(atMs)} to ${formatDuration(last)}`;
    return [when, `${seats.length} ${kind} connect to ${place}: ${indexes(seats)}`];
  });
}

/** The first few of them. */
function indexes(seats: readonly Seat[]): string {
  const shown = seats.slice(0, 6).map(({ index }) => index).join(", ");
  return seats.length > 6 ? `${shown}, …` : shown;
}

function moments(plan: Plan): Cell[][] {
  const { warmupMs, durationMs, ratePerSecond, kinds, graceMs } = plan;
  const publishing =
    `message n is due after n / ${ratePerSecond} s, from client n % ${kinds.normal}`;
  return [
    ["all connected", `publishing begins: ${publishing}`],
    [`+ ${formatDuration(warmupMs)}`, "the warm-up is over"],
    ...faultSchedule(plan).map(({ victim, waitMs }, f): Cell[] => [
      `+ ${Math.round(waitMs * 100) / 100}ms${f > 0 ? " after all are back" : ""}`,
      `fault ${f + 1}: ${whatHappens(plan, victimName(plan, victim))}`,
    ]),
    ...plan.faults > 0 && !UNSIGNALLED.includes(plan.fault)
      ? [["", `a server that is not gone after ${formatDuration(graceMs)} gets SIGKILL`]]
      : [],
    [`+ ${formatDuration(durationMs)}`, "publishing ends, or else with the last fault"],
  ];
}

/** Nobody is asked to leave. */
const UNSIGNALLED: readonly Fault[] = ["freeze", "nats-partition"];

function whatHappens({ fault, signals }: Plan, victim: string): string {
  const later = (ms: number) => `${formatDuration(ms)} later`;
  switch (fault) {
    case "kill":
    case "nats-kill":
      return `SIGKILL to ${victim}`;
    case "freeze":
      return `SIGSTOP, and SIGCONT ${later(FREEZE_MS)}, to ${victim}`;
    case "nats-lame-duck":
      return `SIGUSR2 to ${victim}`;
    case "nats-loss":
      return `SIGKILL to ${victim}, which are started again ${later(LOSS_MS)}`;
    case "nats-partition":
      return `${victim} is cut off, and no more ${later(APART_MS)}`;
    default:
      return signals > 1
        ? `${signals} × SIGTERM, one second apart, to ${victim}`
        : `SIGTERM to ${victim}`;
  }
}
