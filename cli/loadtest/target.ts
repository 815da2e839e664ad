/**
 * Starts what is to be tested and says where it listens.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import { Child, type ChildOptions } from "./child.ts";
import type { TargetPlan } from "./plan.ts";
import type { Receipt } from "./run.ts";
import { readableLine, readServerLine } from "./server_log.ts";
import { sleep, within } from "./wait.ts";

/** Something that listens. */
export interface Target {
  url: string;
  /** Absent when it was not started by us. */
  child?: Child;
  /** This project's server says what its shutdown did. */
  receipt(): Receipt | undefined;
}

/** The target could not be started. */
export class TargetError extends Error {
  override name = "TargetError";
  constructor(message: string, readonly output: string[] = [], options?: ErrorOptions) {
    super(message, options);
  }
}

/** What starting needs to know. */
export interface StartOptions {
  now: () => number;
  abort: AbortSignal;
  /** There is a process now, which may not be ready yet. */
  onSpawn: (child: Child) => void;
  /** Where to listen, and the folders that the server may use. Default: any free port, and none. */
  place?: { port: number; folder: string; folders?: readonly string[] };
}

const START_DEADLINE_MS = 15_000;
const KNOCK_PAUSE_MS = 50;
const SERVER_ENV = [
  ...["SERVER_PORT", "ALLOWED_ORIGINS", "MAX_MESSAGE_SIZE"],
  ...["RATE_LIMIT_BURST", "RATE_LIMIT_REFILL_INTERVAL", "LASTCALL_*", "NATS_*"],
];

/** Starts the target, or only says where it is. Throws {@linkcode TargetError}. */
export async function startTarget(plan: TargetPlan, options: StartOptions): Promise<Target> {
  switch (plan.kind) {
    case "lastcall":
      return await startServer(plan.flags, options);
    case "spawn":
      return await startCommand(plan.command, plan.url, options);
    case "url":
      return { url: plan.url, receipt: () => undefined };
  }
}

async function startServer(
  flags: string[],
  { now, abort, onSpawn, place }: StartOptions,
): Promise<Target> {
  const own = place ? [place.folder, ...place.folders ?? []].join(",") : "";
  const files = place ? [`--allow-read=${own}`, `--allow-write=${own}`] : [];
  const listening = Promise.withResolvers<string>();
  let receipt: Receipt | undefined;
  const child = run(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-net", `--allow-env=${SERVER_ENV.join(",")}`],
      ...files,
      new URL("../../main.ts", import.meta.url).href,
      ...["--listen", `127.0.0.1:${place?.port ?? 0}`, "--log-format", "json", ...flags],
    ],
    now,
    onLine(line) {
      const said = readServerLine(line);
      if (said?.event === "listening") listening.resolve(said.url);
      if (said?.event === "receipt") receipt = said.receipt;
      return readableLine(line);
    },
  });
  onSpawn(child);
  await untilReady(child, listening.promise, abort);
  return { url: await listening.promise, child, receipt: () => receipt };
}

async function startCommand(
  command: string,
  urlTemplate: string,
  { now, abort, onSpawn, place }: StartOptions,
): Promise<Target> {
  const port = place?.port ?? freePort();
  const fill = (text: string) => text.replaceAll("{port}", String(port));
  const url = fill(urlTemplate);
  // `exec`: the signal must reach the program, not a shell in front of it.
  const args = ["-c", `exec ${fill(command)}`];
  const child = run("sh", { args, env: { PORT: String(port) }, now });
  onSpawn(child);
  const stopKnocking = new AbortController();
  await untilReady(child, knock(url, stopKnocking.signal), abort)
    .finally(() => stopKnocking.abort());
  return { url, child, receipt: () => undefined };
}

function run(program: string, options: ChildOptions): Child {
  try {
    return new Child(program, options);
  } catch (cause) {
    throw new TargetError(`the target did not start: ${(cause as Error).message}`, [], { cause });
  }
}

/** Waits for `ready`. If the process ends or time is up first, it is gone when this throws. */
async function untilReady(child: Child, ready: Promise<unknown>, abort: AbortSignal) {
  const inTime = await within(START_DEADLINE_MS, Promise.race([ready, child.exited]), abort);
  if (inTime && !child.exit) return;
  const why = child.exit
    ? `it ended with exit code ${child.exit.code}`
    : abort.aborted
    ? "interrupted"
    : `it did not listen within ${formatDuration(START_DEADLINE_MS)}`;
  await child[Symbol.asyncDispose]();
  throw new TargetError(`the target did not start: ${why}`, child.tail);
}

/** Resolves when a TCP connection to the URL's host and port succeeds. */
async function knock(url: string, stop: AbortSignal): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const address = {
    hostname: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (protocol === "wss:" ? 443 : 80),
  };
  while (!stop.aborted) {
    try {
      (await Deno.connect(address)).close();
      return;
    } catch {
      await sleep(KNOCK_PAUSE_MS, stop);
    }
  }
}

const FIXED_PORTS = { first: 20_000, count: 10_000 };
const givenPorts = new Set<number>();

/**
 * A free port, another one each time, that stays free while nobody listens on it. The system gives ports
 * above 32 768 to those who connect: while a server is away, a client that tries to reach it could get
 * its port, or even itself.
 */
export function fixedPort(): number {
  for (;;) {
    const port = FIXED_PORTS.first + Math.floor(Math.random() * FIXED_PORTS.count);
    // Whoever got it may not listen yet.
    if (givenPorts.has(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      givenPorts.add(port);
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
