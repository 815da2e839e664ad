/** Runs the load test against a peer. */

import { type Observation, readReport } from "./observation.ts";
import type { Peer } from "./peers.ts";
import { peersEnvironment } from "./prepare.ts";

const DEADLINE_MS = 120_000;

/** How to load a peer. */
export interface RunOptions {
  /** Where its packages are; the report is left there, too. */
  home: string;
  /** Flags of the load test. */
  load: readonly string[];
}

/** The flags of `deno task loadtest` for this peer. */
export function loadtestFlags({ command, path = "/", flags = [] }: Peer, load: readonly string[]) {
  const target = command ? ["--spawn", command, "--target", `ws://127.0.0.1:{port}${path}`] : [];
  return [...target, ...load, ...flags];
}

/** Takes a peer through one restart. Rejects when the run says nothing about the peer. */
export async function runPeer(peer: Peer, { home, load }: RunOptions): Promise<Observation> {
  const report = `${home}/${peer.name}.json`;
  // A run that writes none must not be taken for the one before it.
  await Deno.writeTextFile(report, "{}");
  await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "loadtest", ...loadtestFlags(peer, load), "--json", report],
    env: peersEnvironment(home),
    stdin: "null",
    stdout: "null",
    stderr: "null",
    signal: AbortSignal.timeout(DEADLINE_MS),
  }).output();
  return readReport(await Deno.readTextFile(report));
}
