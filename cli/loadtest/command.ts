/**
 * `deno task loadtest`, from its arguments to its exit code.
 *
 * @module
 */

import { helpText, OptionError, resolveOptions, VERSION } from "@lastcall/lastcall";
import { EXIT } from "./exit_codes.ts";
import { figuresOf } from "./figures.ts";
import { Interrupt } from "./interrupt.ts";
import { judge } from "./judge.ts";
import { Load } from "./load.ts";
import { print } from "./output.ts";
import { ansi, noPaint, type Paint } from "./paint.ts";
import { describePlan, makePlan, type Plan } from "./plan.ts";
import { Progress, type ProgressStyle } from "./progress.ts";
import { reportText, verdictLine } from "./report.ts";
import { reportJson } from "./report_json.ts";
import { selftest } from "./selftest/command.ts";
import { SETTINGS } from "./settings.ts";
import type { Snapshot } from "./snapshot.ts";
import { Series } from "./v1/series.ts";
import {
  seriesReportJson,
  seriesReportText,
  seriesVerdictLine,
  worstOf,
} from "./v1/series_report.ts";

const INTRO = `Plays clients through a restart of a WebSocket server and judges how it closed.

Usage: deno task loadtest [rolling|kill9] [flags]
       deno task loadtest --selftest [FAULT...]

rolling: SIGTERM to each server in turn, and start it again. kill9: SIGKILL at a random moment.

Exit codes: 0 pass, 1 crash, 2 usage, 10 the server did something wrong, 11 not enough was seen to
say, 12 a limit was passed, 13 the target did not start, 130 interrupted.`;

/** A report that can be shown in any form. */
interface Outcome {
  exitCode: number;
  verdict: (paint: Paint) => string;
  text: (paint: Paint) => string;
  data: () => unknown;
}

/** A run that can be watched and stopped. */
interface Player {
  snapshot(): Snapshot;
  kill(): void;
  play(abort: AbortSignal): Promise<Outcome>;
}

/** Runs the command; resolves to its exit code. */
export async function loadtest(args: readonly string[]): Promise<number> {
  let plan: Plan;
  try {
    const { settings, words, wants } = resolveOptions(SETTINGS, args, Deno.env.get);
    if (wants) return tell(wants);
    if (settings.selftest) return await selftest(words);
    plan = makePlan(settings, words);
    checkWritable(plan.json);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    print(`${error.message}\n`, Deno.stderr);
    return EXIT.usage;
  }
  return await report(plan, await runPlan(plan));
}

/** A report that cannot be written is noticed before the run, not after it. */
function checkWritable(file: string | undefined): void {
  if (file === undefined || file === "-") return;
  try {
    Deno.openSync(file, { append: true, create: true }).close();
  } catch (cause) {
    const { message } = cause as Error;
    throw new OptionError(`Cannot start: --json must be a file that can be written; ${message}`);
  }
}

function tell(wants: "help" | "version"): number {
  print(wants === "help" ? helpText(SETTINGS, INTRO) : `${VERSION}\n`);
  return EXIT.pass;
}

async function runPlan(plan: Plan): Promise<Outcome> {
  const toStderr = (text: string) => print(text, Deno.stderr);
  const player = plan.protocol === "v1" ? seriesPlayer(plan) : loadPlayer(plan);
  using interrupt = new Interrupt(() => player.kill());
  if (!plan.quiet) toStderr(describePlan(plan).join("\n") + "\n\n");
  using _progress = new Progress(progressStyle(plan), () => player.snapshot(), toStderr);
  return await player.play(interrupt.signal);
}

function loadPlayer(plan: Plan): Player {
  const load = new Load(plan);
  return {
    snapshot: () => load.snapshot(),
    kill: () => load.kill(),
    async play(abort) {
      const run = await load.run(abort);
      const figures = figuresOf(run);
      const results = { run, figures, judgement: judge(run, figures) };
      return {
        exitCode: results.judgement.exitCode,
        verdict: (paint) => verdictLine(results, paint),
        text: (paint) => reportText(results, paint),
        data: () => reportJson(results),
      };
    },
  };
}

function seriesPlayer(plan: Plan): Player {
  const series = new Series(plan);
  return {
    snapshot: () => series.snapshot(),
    kill: () => series.kill(),
    async play(abort) {
      const all = await series.run(abort);
      return {
        exitCode: worstOf(all).judgement.exitCode,
        verdict: (paint) => seriesVerdictLine(all, paint),
        text: (paint) => seriesReportText(all, paint),
        data: () => seriesReportJson(all),
      };
    },
  };
}

async function report({ json, quiet }: Plan, outcome: Outcome): Promise<number> {
  const stream = json === "-" ? Deno.stderr : Deno.stdout;
  const paint = stream.isTerminal() && !Deno.noColor ? ansi : noPaint;
  print(quiet ? outcome.verdict(paint) + "\n" : outcome.text(paint), stream);
  const data = JSON.stringify(outcome.data(), null, 2) + "\n";
  if (json === "-") print(data);
  else if (json) await Deno.writeTextFile(json, data);
  return outcome.exitCode;
}

function progressStyle({ quiet, progress }: Plan): ProgressStyle {
  if (quiet) return "none";
  return progress !== "auto" ? progress : Deno.stderr.isTerminal() ? "tty" : "plain";
}
