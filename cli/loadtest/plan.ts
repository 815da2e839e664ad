/**
 * What a run will do, worked out from the settings before anything is started.
 *
 * @module
 */

import { formatByteSize, formatDuration, OptionError } from "@lastcall/lastcall";
import { allocate, CLIENT_KINDS, type ClientKind } from "./mix.ts";
import type { Settings } from "./settings.ts";

/** What clients connect to, and whether there is a process to signal. */
export type TargetPlan =
  | { kind: "lastcall"; flags: string[] }
  | { kind: "spawn"; command: string; url: string }
  | { kind: "url"; url: string };

/**
 * What is done to the servers. `restart`: SIGTERM, and it stays away. `rolling`: SIGTERM to each in
 * turn, and started again. `kill9`: SIGKILL to each in turn at a random moment, and started again.
 */
export type Scenario = "restart" | "rolling" | "kill9";

/** A run, decided. Plain data. */
export interface Plan
  extends Omit<Settings, "spawn" | "target" | "seed" | "exitCodes" | "selftest"> {
  target: TargetPlan;
  instances: number;
  /** What is done to the servers; with `plain` and `echo` always `restart`, once. */
  scenario: Scenario;
  /** How many faults there will be. */
  faults: number;
  /** How many clients of each kind. */
  kinds: Record<ClientKind, number>;
  seed: number;
  signalPauseMs: number;
  exitCodes: number[];
  /** The most messages that can fall due: the size of the tally. */
  maxMessages: number;
}

const SIGNAL_PAUSE_MS = 1_000;
const MAX_MESSAGES = 20_000_000;
/** The load is what was asked for, not what a rate limit lets through. */
const UNLIMITED_BURST = 1_000_000;
const UNLIMITED_FLOOD = 10_000_000;
/** Room for connections that are going while others come. */
const SPARE_CLIENTS = 64;
/** Each of these takes some 26 bytes here, and a bit for each reader. */
const MAX_V1_MESSAGES = 5_000_000;
/** Between two faults of v1, at most: everybody is back, and a breath. */
const BETWEEN_FAULTS_MS = 70_000;
const DEFAULT_SERVER_MAX_BYTES = 512;

/** Decides a run. Throws {@linkcode OptionError} when the settings contradict each other. */
export function makePlan(settings: Settings, words: readonly string[] = []): Plan {
  const { spawn: _, target: __, selftest: ___, ...rest } = settings;
  const scenario = chooseScenario(settings, words);
  const kinds = allocate(settings.clients, settings.mix);
  const target = planTarget(settings);
  const signals = target.kind === "url" ? 0 : settings.signals;
  const instances = countInstances(settings, target);
  const faults = signals === 0 ? 0 : instances;
  checkTimes(settings, signals);
  if (kinds.normal === 0) {
    throw new OptionError(
      `Cannot start: --mix must leave a normal client out of ${settings.clients}; got none`,
    );
  }
  return {
    ...rest,
    target,
    instances,
    scenario,
    faults,
    kinds,
    signals,
    signalPauseMs: SIGNAL_PAUSE_MS,
    seed: settings.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    exitCodes: settings.exitCodes ?? (kinds.normal < settings.clients ? [0, 3] : [0]),
    maxMessages: countMessages(settings, faults),
  };
}

const SCENARIOS = ["rolling", "kill9"] as const;

function chooseScenario({ protocol }: Settings, words: readonly string[]): Scenario {
  if (protocol !== "v1") {
    if (words.length === 0) return "restart";
    throw new OptionError(`Cannot start: scenarios need --protocol v1; got ${protocol}`);
  }
  const [word = "rolling", ...more] = words;
  const scenario = SCENARIOS.find((name) => name === word);
  if (scenario && more.length === 0) return scenario;
  throw new OptionError(
    `Cannot start: the scenario must be one of ${SCENARIOS.join(", ")}; ` +
      `got ${JSON.stringify(words.join(" "))}`,
  );
}

/** Servers of others are not known to share a log, and the other protocols have no resume. */
function countInstances({ protocol, instances }: Settings, target: TargetPlan): number {
  const isOurs = protocol === "v1" && target.kind === "lastcall";
  if (isOurs) return instances ?? 2;
  if (instances !== undefined && instances > 1 && (protocol !== "v1" || target.kind === "url")) {
    throw new OptionError(
      `Cannot start: --instances above 1 needs --protocol v1 and servers that are started here; ` +
        `got ${instances}`,
    );
  }
  return instances ?? 1;
}

/** The plan in a few lines, for a person who waits for it. */
export function describePlan(plan: Plan): string[] {
  const kinds = CLIENT_KINDS.filter((kind) => plan.kinds[kind] > 0)
    .map((kind) => `${plan.kinds[kind]} ${kind}`).join(", ");
  const fault = describeFault(plan);
  return [
    `clients  ${kinds}, ${plan.rampPerSecond} connects/s`,
    `load     ${plan.ratePerSecond} messages/s of ${formatByteSize(plan.sizeBytes)}, ` +
    `${plan.protocol}, seed ${plan.seed}`,
    `time     warm-up ${formatDuration(plan.warmupMs)}, then ${formatDuration(plan.durationMs)}` +
    `${plan.repeat > 1 ? `, ${plan.repeat} times` : ""}; ` +
    `a server has ${formatDuration(plan.graceMs)} to leave`,
    `fault    ${fault}`,
    ...targetLines(plan.target),
  ];
}

function describeFault(plan: Plan): string {
  const { signals, scenario, faults } = plan;
  if (signals === 0) return "no signal";
  const after = `after ${formatDuration(plan.faultAtMs)}`;
  const servers = faults > 1 ? ` to each of ${faults} servers in turn` : "";
  if (scenario === "kill9") return `SIGKILL ${after}${servers}, and started again`;
  return `SIGTERM ${after}${servers}` + (signals > 1 ? `, ${signals} times` : "") +
    (scenario === "rolling" ? ", and started again" : "");
}

/** Whether a URL leads to this machine. */
export function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" ||
    /^127(\.\d+){3}$/.test(hostname);
}

function planTarget(settings: Settings): TargetPlan {
  const { spawn, target, allowRemote } = settings;
  if (target && !allowRemote && !isLoopback(target.replaceAll("{port}", "1"))) {
    throw new OptionError(
      `Cannot start: --target must be on this machine without --allow-remote; got ${target}`,
    );
  }
  if (spawn) {
    checkPlaceholders(settings);
    return { kind: "spawn", command: spawn, url: target ?? "ws://127.0.0.1:{port}/" };
  }
  if (!target) return { kind: "lastcall", flags: serverFlags(settings) };
  if (target.includes("{port}")) {
    throw new OptionError(`Cannot start: --target must name a port without --spawn; got ${target}`);
  }
  return { kind: "url", url: target };
}

/** A server that is alone shares nothing, and has no place among others. */
function checkPlaceholders({ spawn = "", protocol }: Settings): void {
  const shared = /\{(dir|index|peers)\}/.exec(spawn)?.[0];
  if (protocol === "v1" || !shared) return;
  throw new OptionError(
    `Cannot start: ${shared} in --spawn needs --protocol v1; got ${protocol}`,
  );
}

/** Limits of this project's server that would stand in the way of the load. */
function serverFlags({ clients, origin, sizeBytes, protocol }: Settings): string[] {
  return [
    // Connections that are closing count, too.
    ...["--max-clients", String((protocol === "v1" ? 2 : 1) * clients + SPARE_CLIENTS)],
    ...["--rate-limit-burst", String(UNLIMITED_BURST)],
    ...["--flood-limit", String(UNLIMITED_FLOOD)],
    ...["--allowed-origins", origin],
    ...protocol === "v1" ? ["--retain-messages", String(MAX_V1_MESSAGES)] : ["--log", "memory:"],
    ...sizeBytes > DEFAULT_SERVER_MAX_BYTES ? ["--max-message-size", String(sizeBytes)] : [],
  ];
}

function targetLines(target: TargetPlan): string[] {
  if (target.kind === "url") return [`target   ${target.url}`];
  if (target.kind === "spawn") return [`target   ${target.url}`, `spawn    ${target.command}`];
  const flags = target.flags.join(" ").split(/ (?=--)/);
  const pairs = flags.flatMap((flag, i) => i % 2 === 0 ? [[flag, flags[i + 1] ?? ""]] : []);
  return [
    "target   this project's server, with limits that are out of the way:",
    ...pairs.map((some) => `         ${some.join(" ").trimEnd()}`),
  ];
}

function checkTimes({ faultAtMs, durationMs }: Settings, signals: number): void {
  if (signals === 0 || faultAtMs < durationMs) return;
  throw new OptionError(
    `Cannot start: --fault-at must be less than --duration (${formatDuration(durationMs)}); ` +
      `got ${formatDuration(faultAtMs)}`,
  );
}

/** Publishing may go on until the last fault is over, so the grace counts too. */
function countMessages(settings: Settings, faults: number): number {
  const { warmupMs, durationMs, faultAtMs, signals, graceMs, settleMs, ratePerSecond } = settings;
  const faultMs = signals * SIGNAL_PAUSE_MS + graceMs;
  const isV1 = settings.protocol === "v1";
  const latestExitMs = faultAtMs + (isV1 ? faults * (faultMs + BETWEEN_FAULTS_MS) : faultMs);
  const longestMs = warmupMs + Math.max(durationMs, latestExitMs) + settleMs;
  const count = (ms: number) => Math.ceil(ms / 1_000 * ratePerSecond) + 1;
  // Faults of v1 do not take that long unless something is wrong; then the table is full before.
  const leastMs = isV1 ? warmupMs + durationMs + settleMs : longestMs;
  const most = isV1 ? MAX_V1_MESSAGES : MAX_MESSAGES;
  if (count(leastMs) <= most) return Math.min(most, count(longestMs));
  throw new OptionError(
    `Cannot start: --rate times the longest run (${formatDuration(leastMs)}) must be at most ` +
      `${most} messages; got ${count(leastMs)}`,
  );
}
