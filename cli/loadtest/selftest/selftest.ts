/**
 * Tests the load test: lets it play against servers that are known to be faulty, and compares what it
 * found with what was planted. It must find that, and nothing else.
 *
 * It knows nothing of how a run is played and judged: that is given to it.
 *
 * @module
 */

import type { Paint } from "../paint.ts";
import type { Plan } from "../plan.ts";
import { type Expectation, type Fault, FAULTS } from "./faults.ts";
import { selftestPlan } from "./selftest_plan.ts";

/** What a run came to. */
export interface Played {
  verdict: string;
  exitCode: number;
  /** The names of what was found. */
  findings: readonly string[];
}

/** Plays a plan and judges it. */
export type Play = (plan: Plan) => Promise<Played>;

/** How a run compares. `MISSED`: not what was planted. `INVENTED`: what was not planted. */
export type Grade = "found" | "MISSED" | "INVENTED";

/** A fault and how it was judged. */
export interface SelftestResult {
  fault: Fault;
  played: Played;
  grade: Grade;
}

/** How to test. */
export interface SelftestOptions {
  play: Play;
  /** Which. Default: all. */
  faults?: readonly Fault[];
  /** Runs at a time. Default: 2. Hazard: a machine that is too slow for them makes clients late. */
  atOnce?: number;
  /** No run begins after it. */
  abort?: AbortSignal;
  /** Told of each result, in the order of the faults. */
  onResult?: (result: SelftestResult) => void;
}

/** Plays all faults. Rejects when a run does, once those under way are over. */
export async function runSelftest(options: SelftestOptions): Promise<SelftestResult[]> {
  const { play, faults = FAULTS, atOnce = 2, abort, onResult } = options;
  const results: (SelftestResult | undefined)[] = [];
  const stop = new AbortController();
  const queue = faults.entries();
  let told = 0;
  const work = async () => {
    for (const [i, fault] of queue) {
      if (abort?.aborted || stop.signal.aborted) return;
      const result = await playFault(fault, play);
      // A run that was cut short says nothing of the fault.
      if (abort?.aborted) return;
      results[i] = result;
      for (let next; (next = results[told]); told++) onResult?.(next);
    }
  };
  const fail = (error: unknown) => {
    stop.abort();
    throw error;
  };
  const ends = await Promise.allSettled(
    Array.from({ length: atOnce }, () => work().catch(fail)),
  );
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  return results.slice(0, told) as SelftestResult[];
}

async function playFault(fault: Fault, play: Play): Promise<SelftestResult> {
  const played = await play(selftestPlan(fault));
  return { fault, played, grade: gradeOf(fault.expect, played) };
}

/** Compares what was found with what was planted. */
export function gradeOf(expect: Expectation, { verdict, exitCode, findings }: Played): Grade {
  const { finding, also = [] } = expect;
  const planted = finding === "none" ? [] : [finding];
  if (planted.some((name) => !findings.includes(name))) return "MISSED";
  const allowed: readonly string[] = [...planted, ...also];
  if (findings.some((name) => !allowed.includes(name))) return "INVENTED";
  if (verdict === expect.verdict && exitCode === expect.exitCode) return "found";
  return expect.verdict === "pass" ? "INVENTED" : "MISSED";
}

/** A result in a line; two when it is not as it should be. */
export function resultLine({ fault, played, grade }: SelftestResult, paint: Paint): string {
  const { name, what, expect: { verdict, exitCode, finding, also = [] } } = fault;
  const word = paint(grade === "found" ? "green" : "red", grade.padEnd(8));
  const line = `${word}  ${name.padEnd(13)}  ${what}`;
  if (grade === "found") return line;
  const perhaps = also.length > 0 ? `, perhaps ${also.join(", ")}` : "";
  const wanted = describe({ verdict, exitCode, findings: [finding] }) + perhaps;
  return `${line}\n          wanted ${wanted}\n          got    ${describe(played)}`;
}

/** All results in a line. */
export function summaryLine(results: readonly SelftestResult[], paint: Paint): string {
  const count = (grade: Grade) => results.filter((result) => result.grade === grade).length;
  const [missed, invented] = [count("MISSED"), count("INVENTED")];
  const isRight = missed + invented === 0;
  const word = paint(isRight ? "green" : "red", isRight ? "PASS" : "FAIL");
  return `${word}  ${results.length} servers: ${count("found")} judged rightly, ` +
    `${missed} missed, ${invented} invented`;
}

function describe({ verdict, exitCode, findings }: Played): string {
  return `${verdict} (${exitCode}): ${findings.join(", ") || "none"}`;
}
