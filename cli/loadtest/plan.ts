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

/** A run, decided. Plain data. */
export interface Plan extends Omit<Settings, "spawn" | "target" | "seed" | "exitCodes"> {
  target: TargetPlan;
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
const DEFAULT_SERVER_MAX_BYTES = 512;

/** Decides a run. Throws {@linkcode OptionError} when the settings contradict each other. */
export function makePlan(settings: Settings, words: readonly string[] = []): Plan {
  if (words.length > 0) {
    throw new OptionError(
      `Cannot start: unknown scenario ${JSON.stringify(words.join(" "))}; --help lists flags`,
    );
  }
  const { spawn: _, target: __, ...rest } = settings;
  const kinds = allocate(settings.clients, settings.mix);
  const target = planTarget(settings);
  const signals = target.kind === "url" ? 0 : settings.signals;
  checkTimes(settings, signals);
  if (kinds.normal === 0) {
    throw new OptionError(
      `Cannot start: --mix must leave a normal client out of ${settings.clients}; got none`,
    );
  }
  return {
    ...rest,
    target,
    kinds,
    signals,
    signalPauseMs: SIGNAL_PAUSE_MS,
    seed: settings.seed ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    exitCodes: settings.exitCodes ?? (kinds.normal < settings.clients ? [0, 3] : [0]),
    maxMessages: countMessages(settings),
  };
}

/** The plan in a few lines, for a person who waits for it. */
export function describePlan(plan: Plan): string[] {
  const kinds = CLIENT_KINDS.filter((kind) => plan.kinds[kind] > 0)
    .map((kind) => `${plan.kinds[kind]} ${kind}`).join(", ");
  const fault = plan.signals === 0
    ? "no signal"
    : `SIGTERM after ${formatDuration(plan.faultAtMs)}` +
      (plan.signals > 1 ? `, ${plan.signals} times` : "") +
      `, ${formatDuration(plan.graceMs)} to leave`;
  return [
    `clients  ${kinds}, ${plan.rampPerSecond} connects/s`,
    `load     ${plan.ratePerSecond} messages/s of ${formatByteSize(plan.sizeBytes)}, ` +
    `${plan.protocol}, seed ${plan.seed}`,
    `time     warm-up ${formatDuration(plan.warmupMs)}, then ` +
    `${formatDuration(plan.durationMs)}; ${fault}`,
    ...targetLines(plan.target),
  ];
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
  if (spawn) return { kind: "spawn", command: spawn, url: target ?? "ws://127.0.0.1:{port}/" };
  if (!target) return { kind: "lastcall", flags: serverFlags(settings) };
  if (target.includes("{port}")) {
    throw new OptionError(`Cannot start: --target must name a port without --spawn; got ${target}`);
  }
  return { kind: "url", url: target };
}

/** Limits of this project's server that would stand in the way of the load. */
function serverFlags({ clients, origin, sizeBytes }: Settings): string[] {
  return [
    ...["--max-clients", String(clients + SPARE_CLIENTS)],
    ...["--rate-limit-burst", String(UNLIMITED_BURST)],
    ...["--flood-limit", String(UNLIMITED_FLOOD)],
    ...["--allowed-origins", origin],
    ...sizeBytes > DEFAULT_SERVER_MAX_BYTES ? ["--max-message-size", String(sizeBytes)] : [],
  ];
}

function targetLines(target: TargetPlan): string[] {
  if (target.kind === "url") return [`target   ${target.url}`];
  if (target.kind === "spawn") return [`target   ${target.url}`, `spawn    ${target.command}`];
  const flags = target.flags.join(" ").split(/ (?=--)/);
  const half = Math.ceil(flags.length / 2);
  return [
    "target   this project's server, with limits that are out of the way:",
    ...[flags.slice(0, half), flags.slice(half)].map((some) => `         ${some.join(" ")}`),
  ];
}

function checkTimes({ faultAtMs, durationMs }: Settings, signals: number): void {
  if (signals === 0 || faultAtMs < durationMs) return;
  throw new OptionError(
    `Cannot start: --fault-at must be less than --duration (${formatDuration(durationMs)}); ` +
      `got ${formatDuration(faultAtMs)}`,
  );
}

/** Publishing may go on until the process is gone, so the grace counts too. */
function countMessages(settings: Settings): number {
  const { warmupMs, durationMs, faultAtMs, signals, graceMs, settleMs, ratePerSecond } = settings;
  const latestExitMs = faultAtMs + signals * SIGNAL_PAUSE_MS + graceMs;
  const longestMs = warmupMs + Math.max(durationMs, latestExitMs) + settleMs;
  const messages = Math.ceil(longestMs / 1_000 * ratePerSecond) + 1;
  if (messages <= MAX_MESSAGES) return messages;
  throw new OptionError(
    `Cannot start: --rate times the longest run (${formatDuration(longestMs)}) must be at most ` +
      `${MAX_MESSAGES} messages; got ${messages}`,
  );
}
