/**
 * The back ends of the message log that are measured, each as it stands for one measurement: a new file,
 * or new NATS servers.
 *
 * @module
 */

import { type LogOptions, type LogSpec, parseLogSpec } from "@lastcall/lastcall";
import { NatsCluster } from "../loadtest/nats/cluster.ts";
import type { Children } from "./children.ts";
import { runToEnd } from "./run_to_end.ts";
import { endOf } from "./server.ts";

/** The back ends' names, those that need nothing first. */
export const STORE_NAMES = [
  "memory:",
  "sqlite: normal",
  "sqlite: full",
  "nats R1",
  "nats R3",
] as const;

/** A back end's name. */
export type StoreName = typeof STORE_NAMES[number];

/** A back end in use. Whatever was started for it ends when it is disposed. */
export interface Store extends AsyncDisposable {
  /** As `--log` has it. */
  log: string;
  spec: LogSpec;
  options: LogOptions;
  /** The same for the server's command line. */
  flags: string[];
  /** What the server must be allowed to read and write, if anything. */
  folder?: string;
  /** The NATS servers' processes. */
  natsPids: number[];
  /** How a NATS server ended by itself, in words; `undefined` while all run. */
  end(): string | undefined;
}

/** Beside the server's own database: where `/tmp` is memory, a durable commit would cost nothing. */
const PARENT_FOLDER = "data";
const STREAM = "BENCH";

/** Which back ends are not there, and why, when this version of `nats-server` is. */
export function absentStores(nats: string | undefined): Partial<Record<StoreName, string>> {
  if (nats !== undefined) return {};
  const reason = "left out: no nats-server";
  return { "nats R1": reason, "nats R3": reason };
}

/** The version of `nats-server`; `undefined` when it is not here. */
export async function natsVersion(): Promise<string | undefined> {
  const said = await runToEnd("nats-server", ["--version"]).catch(() => "");
  return /v([\d.]+)/.exec(said)?.[1];
}

/** Makes a back end, empty. */
export async function openStore(name: StoreName, children: Children): Promise<Store> {
  await using stack = new AsyncDisposableStack();
  await Deno.mkdir(PARENT_FOLDER, { recursive: true });
  const folder = await Deno.makeTempDir({ dir: PARENT_FOLDER, prefix: "bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const parts = name.startsWith("nats")
    ? await natsStore(name === "nats R3" ? 3 : 1, { folder, stack, children })
    : ownStore(name, folder);
  const all = stack.move();
  return { ...parts, [Symbol.asyncDispose]: () => all.disposeAsync() };
}

function ownStore(name: StoreName, folder: string): Omit<Store, keyof AsyncDisposable> {
  const durability = name === "sqlite: full" ? "full" : "normal";
  const log = name === "memory:" ? name : `sqlite:${folder}/log.db`;
  return {
    log,
    spec: parseLogSpec(log)!,
    options: { durability },
    flags: ["--durability", durability],
    natsPids: [],
    end: () => undefined,
    ...name === "memory:" ? {} : { folder },
  };
}

async function natsStore(
  replicas: 1 | 3,
  { folder, stack, children }: {
    folder: string;
    stack: AsyncDisposableStack;
    children: Children;
  },
): Promise<Omit<Store, keyof AsyncDisposable>> {
  const cluster = NatsCluster.create({ size: replicas, folder });
  stack.use(children.include(() => cluster.kill()));
  stack.use(cluster);
  await cluster.start();
  const log = `${cluster.url}/${STREAM}`;
  return {
    log,
    spec: parseLogSpec(log)!,
    options: { durability: "normal", natsReplicas: replicas },
    flags: ["--nats-replicas", String(replicas)],
    natsPids: cluster.members.flatMap(({ child }) => child?.pid ?? []),
    end: () => cluster.members.map(({ child }) => child && endOf(child)).find(Boolean),
  };
}
