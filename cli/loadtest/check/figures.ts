/**
 * The figures of a run, derived from what it saw.
 *
 * @module
 */

import { CLIENT_KINDS, type ClientKind } from "../mix.ts";
import type { Plan } from "../plan.ts";
import type { ConnectionRecord, Run } from "../run.ts";
import { countBy, hasJoined, nameEnd } from "./ends.ts";
import { type FaultFigures, faultFigures } from "./fault_figures.ts";

/** Clients of one kind. */
export interface KindFigures {
  kind: ClientKind;
  asked: number;
  /** Were connected at least once; on `lastcall.v1`: and welcomed. */
  connected: number;
  /** Why others were not, and how often. */
  refusals: Record<string, number>;
}

/** How many connections of one kind of client ended in one way. */
export interface CloseFigures {
  kind: ClientKind;
  /** As {@linkcode nameEnd} has it. */
  code: string;
  count: number;
}

/** What a run comes to. */
export interface Figures {
  kinds: KindFigures[];
  /** Normal clients that were there at all. */
  connected: number;
  faults: FaultFigures[];
  closes: CloseFigures[];
  /** Ends of normal clients' connections by code, outside of any fault of their server. */
  strayEnds: Record<string, number>;
  /** Connections of normal clients that got data after the Close frame. */
  talkedTo: number;
  /** Normal clients that still had a connection to a server that was gone. */
  stillOpen: number;
  generatorBound: boolean;
}

/** A timer later than this (99 % of the time less) means that the generator measured itself. */
export const GENERATOR_BOUND_MS = 20;
/** What a dying process takes along may be noticed a little later. */
const SLACK_MS = 2_000;

/** Works out the figures of a run. */
export function figuresOf(run: Run): Figures {
  const { plan, connections, others } = run;
  const kinds = CLIENT_KINDS.filter((kind) => plan.kinds[kind] > 0)
    .map((kind) => kindFigures([...connections, ...others], kind, plan));
  const joined = connections.filter((one) => hasJoined(one, plan));
  return {
    kinds,
    connected: kinds.find(({ kind }) => kind === "normal")?.connected ?? 0,
    faults: run.faults.map((fault) => faultFigures(fault, livesOf(run), run)),
    closes: closeFigures([...connections, ...others]),
    strayEnds: countBy(
      joined.filter((one) => one.end && !isExplained(one, run)).map(({ end }) => nameEnd(end!)),
    ),
    talkedTo: connections.filter(({ bytesAfterClose }) => bytesAfterClose > 0).length,
    stillOpen: connections.filter((one) => outlivedItsServer(one, run)).length,
    generatorBound: run.generator.lagP99Ms > GENERATOR_BOUND_MS,
  };
}

/** The connections of each normal client, in the order in which they were made. */
function livesOf({ connections, plan }: Run): ConnectionRecord[][] {
  const lives = Array.from({ length: plan.kinds.normal }, (): ConnectionRecord[] => []);
  for (const connection of connections) lives[connection.client]?.push(connection);
  return lives;
}

function kindFigures(
  connections: readonly ConnectionRecord[],
  kind: ClientKind,
  plan: Plan,
): KindFigures {
  const asked = plan.kinds[kind];
  const lives = Map.groupBy(connections.filter((one) => one.kind === kind), (one) => one.client);
  // Who misbehaves does not tell whether it was welcomed.
  const protocol = kind === "normal" ? plan.protocol : "plain";
  const absent = [...lives.values()].filter((life) =>
    !life.some((one) => hasJoined(one, { protocol }))
  );
  const words = absent.map((life) => life.at(-1)!.refusal ?? "no welcome");
  const untried = Array<string>(Math.max(0, asked - lives.size)).fill("not tried");
  return {
    ...{ kind, asked, connected: lives.size - absent.length },
    refusals: countBy([...words, ...untried]),
  };
}

function closeFigures(connections: readonly ConnectionRecord[]): CloseFigures[] {
  return CLIENT_KINDS.flatMap((kind) => {
    const ends = connections.filter((one) => one.kind === kind).flatMap(({ end }) => end ?? []);
    return Object.entries(countBy(ends.map(nameEnd)))
      .map(([code, count]) => ({ kind, code, count }));
  });
}

/**
 * Whether a connection ended because we ended it, or because its server was told to. Of one that was
 * nobody knows where, any server may have been the one.
 */
function isExplained(connection: ConnectionRecord, { faults }: Run): boolean {
  const { instance, end, endedAtMs = Infinity } = connection;
  if (end?.how === "left") return true;
  return faults.some((fault) =>
    fault.instance !== undefined && (instance ?? fault.instance) === fault.instance &&
    fault.signal !== "SIGSTOP" &&
    endedAtMs >= fault.signalAtMs && endedAtMs <= (fault.exit?.atMs ?? Infinity) + SLACK_MS
  );
}

/** Whether the client saw no end although its server has one. */
function outlivedItsServer({ end, openedAtMs, instance }: ConnectionRecord, run: Run): boolean {
  if (openedAtMs === undefined || (end && end.how !== "left")) return false;
  return run.faults.some((fault) =>
    fault.instance === instance && fault.exit && openedAtMs <= fault.exit.atMs
  );
}
