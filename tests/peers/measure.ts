/**
 * Takes other servers through the same restart as ours and prints what their clients saw, as a Markdown
 * table: `deno run -A tests/peers/measure.ts [--rounds N] [NAME…]`. It runs in the root of the repository.
 * docs/peers.md has its results.
 */

import { parseArgs } from "@std/cli/parse-args";
import { describeMachine } from "../../cli/bench/machine.ts";
import { combine, type Observation } from "./observation.ts";
import { type Peer, PEERS } from "./peers.ts";
import { prepare, versionsOf } from "./prepare.ts";
import { runPeer } from "./run_peer.ts";
import { TABLE_HEAD, tableRow } from "./table.ts";

const ROUNDS = 3;
/** The same for all. A rate that each of them sustains beside the load test on two cores. */
const LOAD = [
  ...["--protocol", "plain", "--clients", "500", "--rate", "50", "--size", "128B"],
  ...["--warmup", "1s", "--fault-at", "2s", "--grace", "10s", "--settle", "5s"],
];

if (import.meta.main) {
  const { rounds, _: names } = parseArgs(Deno.args, { default: { rounds: ROUNDS } });
  await measure(choose(names.map(String)), Number(rounds));
}

async function measure(wanted: readonly Peer[], rounds: number): Promise<void> {
  const home = Deno.env.get("PEERS_HOME") ?? `${Deno.env.get("TMPDIR") ?? "/tmp"}/lastcall-peers`;
  await Deno.mkdir(home, { recursive: true });
  const { peers, versions, absent } = await whatIsHere(wanted);
  await prepare(peers, home);
  const seen = new Map<Peer, Observation>();
  for (let round = 1; round <= rounds; round++) {
    for (const peer of peers) {
      tell(`round ${round} of ${rounds}: ${peer.name}`);
      const observation = await runPeer(peer, { home, load: LOAD });
      const known = seen.get(peer);
      seen.set(peer, known ? combine(known, observation) : observation);
    }
  }
  const { cpu, cores, system } = await describeMachine({});
  const load = LOAD.join(" ");
  print([
    `${new Date().toISOString().slice(0, 10)}; ${cpu}, ${cores} cores, ${system}; ` +
    [`deno ${Deno.version.deno}`, ...versions].join("; "),
    `\`deno task loadtest ${load}\`; rounds: ${rounds}, added up`,
    ...absent.map(({ name, needs }) => `${name} is left out: it needs \`${needs}\``),
    TABLE_HEAD,
    ...[...seen].map(([peer, observation]) => tableRow(peer, observation)),
  ]);
}

function choose(names: string[]): readonly Peer[] {
  if (names.length === 0) return PEERS.filter(({ onRequest }) => !onRequest);
  const known = PEERS.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return PEERS.filter(({ name }) => names.includes(name));
  throw new RangeError(
    `Cannot measure: a name must be one of ${known.join(", ")}; got ${unknown.join(", ")}`,
  );
}

async function whatIsHere(wanted: readonly Peer[]) {
  const found = await Promise.all(
    wanted.map(async (peer) => ({ peer, said: await versionsOf(peer) })),
  );
  return {
    peers: found.filter(({ said }) => said !== undefined).map(({ peer }) => peer),
    versions: new Set(
      found.flatMap(({ peer, said }) => said ? [said, ...peer.packages ?? []] : []),
    ),
    absent: found.filter(({ said }) => said === undefined).map(({ peer }) => peer),
  };
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

function print(lines: string[]): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${lines.join("\n")}\n`));
}
