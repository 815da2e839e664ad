import { assertEquals } from "@std/assert";
import type { Run } from "../cli/loadtest/run.ts";
import { resultsOf } from "./cli_run_fixture.ts";

/** What was seen, and what must be said of it. */
export interface Case {
  name: string;
  args?: string[];
  seen?: Partial<Run>;
  /** Verdict, exit code, everything said. */
  wanted: [string, number, string[]];
}

/** A test for each case; `runOf` makes the run that a case changes. */
export function testJudge(
  title: string,
  cases: readonly Case[],
  runOf: (args?: string[], seen?: Partial<Run>) => Run,
): void {
  for (const { name, args, seen, wanted } of cases) {
    Deno.test(`${title} says ${wanted[0]} when ${name}`, () => {
      const { judgement } = resultsOf(runOf(args, seen));
      const { verdict, exitCode, failures, missing, exceeded } = judgement;
      assertEquals([verdict, exitCode, [...failures, ...missing, ...exceeded]], wanted);
    });
  }
}
