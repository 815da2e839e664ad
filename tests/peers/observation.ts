/** What a load test saw of a peer, taken out of its JSON report. */

/** How many messages were seen by whom. */
export interface Counts {
  all: number;
  some: number;
  nobody: number;
  /** Deliveries that were owed and did not take place. */
  missed: number;
}

/** What one or several runs saw. */
export interface Observation {
  /** How many clients saw which close code. 1006: cut; absent: still open at the end. */
  closes: Map<number | undefined, number>;
  /** Of messages that were said before the signal, the warm-up included. */
  before: Counts;
  /** Of messages that were said from the signal on. */
  after: Counts;
  /** From the signal to the end of the process, for each run. */
  exitsMs: number[];
  /** `0`, `143 (SIGTERM)`; each once. */
  exitCodes: Set<string>;
}

/** The part of the report that is used here. */
interface Report {
  version: number;
  verdict: string;
  failures: string[];
  missing: string[];
  closes: { kind: string; code: string; count: number }[];
  phases: {
    phase: string;
    seenByAll: number;
    seenBySome: number;
    seenByNone: number;
    withoutReader: number;
    missedDeliveries: number;
  }[];
  faults: {
    signalAtMs: number;
    exit?: { atMs: number; code: number; signal?: string };
  }[];
}

const REPORT_VERSION = 2;
/** How the report names the end of a connection that was open until the load test ended it. */
const STILL_OPEN = "left";

/** Reads a report of `deno task loadtest --json`. Throws when the run says nothing about the peer. */
export function readReport(json: string): Observation {
  const report = JSON.parse(json) as Report;
  const { signalAtMs, exit } = faultOf(report);
  const counts = (isIn: (phase: string) => boolean) =>
    report.phases.filter(({ phase }) => isIn(phase)).map((row): Counts => ({
      all: row.seenByAll + row.withoutReader,
      some: row.seenBySome,
      nobody: row.seenByNone,
      missed: row.missedDeliveries,
    })).reduce(sum);
  const isBefore = (phase: string) => phase === "warm-up" || phase === "before signal";
  return {
    closes: new Map(
      report.closes.filter(({ kind }) => kind === "normal")
        .map(({ code, count }) => [code === STILL_OPEN ? undefined : Number(code), count]),
    ),
    before: counts(isBefore),
    after: counts((phase) => !isBefore(phase)),
    exitsMs: [exit.atMs - signalAtMs],
    exitCodes: new Set([exit.signal ? `${exit.code} (${exit.signal})` : `${exit.code}`]),
  };
}

/** The one signal of a run, and the exit that came of it. */
function faultOf({ version, verdict, failures = [], missing = [], faults = [] }: Report) {
  if (version !== undefined && version !== REPORT_VERSION) {
    throw new Error(`Cannot use the report: its version must be ${REPORT_VERSION}; got ${version}`);
  }
  const [fault] = faults;
  if (fault?.exit) return { signalAtMs: fault.signalAtMs, exit: fault.exit };
  const why = [verdict ?? "no verdict", ...failures, ...missing].join(": ");
  throw new Error(`Cannot use the report: no exit was seen; ${why}`);
}

/** Two observations as one. */
export function combine(one: Observation, other: Observation): Observation {
  const closes = new Map(one.closes);
  for (const [code, clients] of other.closes) {
    closes.set(code, (closes.get(code) ?? 0) + clients);
  }
  return {
    closes,
    before: sum(one.before, other.before),
    after: sum(one.after, other.after),
    exitsMs: [...one.exitsMs, ...other.exitsMs],
    exitCodes: one.exitCodes.union(other.exitCodes),
  };
}

function sum(one: Counts, other: Counts): Counts {
  return {
    all: one.all + other.all,
    some: one.some + other.some,
    nobody: one.nobody + other.nobody,
    missed: one.missed + other.missed,
  };
}
