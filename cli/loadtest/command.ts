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
import { ansi, noPaint } from "./paint.ts";
import { describePlan, makePlan, type Plan } from "./plan.ts";
import { Progress, type ProgressStyle } from "./progress.ts";
import { reportText, verdictLine } from "./report.ts";
import { reportJson } from "./report_json.ts";
import type { Run } from "./run.ts";
import { SETTINGS } from "./settings.ts";

const INTRO = `Plays clients through a restart of a WebSocket server and judges how it closed.

Usage: deno task loadtest [flags]

Exit codes: 0 pass, 1 crash, 2 usage, 10 the server did something wrong, 11 not enough was seen to
say, 13 the target did not start, 130 interrupted.`;

/** Runs the command; resolves to its exit code. */
export async function loadtest(args: readonly string[]): Promise<number> {
  let plan: Plan;
  try {
    const { settings, words, wants } = resolveOptions(SETTINGS, args, Deno.env.get);
    if (wants) return tell(wants);
    plan = makePlan(settings, words);
    checkWritable(plan.json);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    print(`${error.message}\n`, Deno.stderr);
    return EXIT.usage;
  }
  return await report(await runPlan(plan));
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

async function runPlan(plan: Plan): Promise<Run> {
  const toStderr = (text: string) => print(text, Deno.stderr);
  const load = new Load(plan);
  using interrupt = new Interrupt(() => load.kill());
  if (!plan.quiet) toStderr(describePlan(plan).join("\n") + "\n\n");
  using _progress = new Progress(progressStyle(plan), () => load.snapshot(), toStderr);
  return await load.run(interrupt.signal);
}

async function report(run: Run): Promise<number> {
  const figures = figuresOf(run);
  const results = { run, figures, judgement: judge(run, figures) };
  const { json, quiet } = run.plan;
  const stream = json === "-" ? Deno.stderr : Deno.stdout;
  const paint = stream.isTerminal() && !Deno.noColor ? ansi : noPaint;
  print(quiet ? verdictLine(results, paint) + "\n" : reportText(results, paint), stream);
  const data = JSON.stringify(reportJson(results), null, 2) + "\n";
  if (json === "-") print(data);
  else if (json) await Deno.writeTextFile(json, data);
  return results.judgement.exitCode;
}

function progressStyle({ quiet, progress }: Plan): ProgressStyle {
  if (quiet) return "none";
  return progress !== "auto" ? progress : Deno.stderr.isTerminal() ? "tty" : "plain";
}
