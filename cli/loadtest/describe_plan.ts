/**
 * A plan in a few lines, for a person who waits for it.
 *
 * @module
 */

import { formatByteSize, formatDuration } from "@lastcall/lastcall";
import { describeLog } from "./log_plan.ts";
import { CLIENT_KINDS } from "./mix.ts";
import type { Plan } from "./plan.ts";
import { isOfNats } from "./scenarios.ts";
import type { TargetPlan } from "./target_plan.ts";
import { formatThreshold } from "./thresholds.ts";
import { victimCount } from "./victims.ts";

/** Describes a plan. */
export function describePlan(plan: Plan): string[] {
  const { protocol, rooms, seed, repeat, thresholds } = plan;
  const kinds = CLIENT_KINDS.filter((kind) => plan.kinds[kind] > 0)
    .map((kind) => `${plan.kinds[kind]} ${kind}`).join(", ");
  return [
    `scenario ${plan.scenario}`,
    `clients  ${kinds}, ${plan.rampPerSecond} connects/s${rooms > 1 ? `, ${rooms} rooms` : ""}`,
    `load     ${plan.ratePerSecond} messages/s of ${formatByteSize(plan.sizeBytes)}, ` +
    `${protocol}, seed ${seed}`,
    `time     warm-up ${formatDuration(plan.warmupMs)}, then ${formatDuration(plan.durationMs)}` +
    `${repeat > 1 ? `, ${repeat} times` : ""}; ` +
    `a server has ${formatDuration(plan.graceMs)} to leave`,
    `fault    ${describeFault(plan)}`,
    ...thresholds.map((one, i) => `${i === 0 ? "limits  " : "        "} ${formatThreshold(one)}`),
    ...plan.log ? [`log      ${describeLog(plan.log)}`] : [],
    ...targetLines(plan.target),
    ...plan.via ? [`via      ${plan.via}`] : [],
  ];
}

function describeFault(plan: Plan): string {
  const { faults, fault, faultAtMs, signals, protocol } = plan;
  if (faults === 0) return "none";
  const after = `after ${formatDuration(faultAtMs)}`;
  const servers = faults > 1 ? ` and ${faults - 1} more, to ${victimsOf(plan)} in turn` : "";
  switch (fault) {
    case "freeze":
      return `SIGSTOP ${after}${servers}, and SIGCONT`;
    case "kill":
    case "nats-kill":
      return `SIGKILL ${after}${servers}, and started again`;
    case "nats-lame-duck":
      return `SIGUSR2 ${after}${servers}, and started again`;
    case "nats-loss":
      return `SIGKILL to all NATS servers ${after}${faults > 1 ? `, ${faults} times` : ""}, ` +
        "and started again";
    case "nats-partition":
      return `cut off ${after}${servers}, and joined again`;
    default:
      return `SIGTERM ${after}${servers}` + (signals > 1 ? `, ${signals} times` : "") +
        (protocol === "v1" ? ", and started again" : "");
  }
}

function victimsOf(plan: Plan): string {
  return `${victimCount(plan)} ${isOfNats(plan.fault) ? "NATS " : ""}servers`;
}

function targetLines(target: TargetPlan): string[] {
  if (target.kind === "url") return [`target   ${target.url}`];
  if (target.kind === "spawn") return [`target   ${target.url}`, `spawn    ${target.command}`];
  const flags = target.flags.join(" ").split(/ (?=--)/);
  const pairs = flags.flatMap((flag, i) => i % 2 === 0 ? [[flag, flags[i + 1] ?? ""]] : []);
  return [
    "target   this project's server, with:",
    ...pairs.map((some) => `         ${some.join(" ").trimEnd()}`),
  ];
}
