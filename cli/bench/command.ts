/**
 * `deno task bench`, from its arguments to its exit code.
 *
 * @module
 */

import { helpText, OptionError, resolveOptions, VERSION } from "@lastcall/lastcall";
import { EXIT } from "../loadtest/exit_codes.ts";
import { Interrupt } from "../loadtest/interrupt.ts";
import { print } from "../loadtest/output.ts";
import { Children } from "./children.ts";
import { makePlan } from "./plan.ts";
import { reportMarkdown } from "./report_markdown.ts";
import { reportText } from "./report_text.ts";
import { runPlan } from "./run.ts";
import { runToEnd } from "./run_to_end.ts";
import type { Results } from "./samples.ts";
import { SETTINGS, type Settings } from "./settings.ts";

const INTRO =
  `Measures this project's server, ws on Node and Bun's server doing the same job, and our server on each
kind of log. About 17 minutes, or 4 with --rounds 1 --seconds 6; the other servers are
downloaded from npm once, and NATS is left out where there is no nats-server on the PATH.

Usage: deno task bench [flags]

Exit codes: 0 measured, however fast; 1 something could not be measured; 2 usage; 130 interrupted.`;

/** Runs the command; resolves to its exit code. */
export async function bench(args: readonly string[]): Promise<number> {
  let settings: Settings;
  try {
    const { settings: given, words, wants } = resolveOptions(SETTINGS, args);
    if (wants) return tell(wants);
    if (words.length > 0) throw new OptionError(`Cannot start: unknown word ${words[0]}`);
    settings = given;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    print(`${error.message}\n`, Deno.stderr);
    return EXIT.usage;
  }
  return await run(settings);
}

function tell(wants: "help" | "version"): number {
  print(wants === "help" ? helpText(SETTINGS, INTRO) : `${VERSION}\n`);
  return EXIT.pass;
}

async function run(settings: Settings): Promise<number> {
  const children = new Children();
  using interrupt = new Interrupt(() => children.kill());
  const results = await runPlan(makePlan(settings), {
    children,
    signal: interrupt.signal,
    tell: (line) => print(`${line}\n`, Deno.stderr),
  });
  if (interrupt.signal.aborted) return EXIT.interrupted;
  await write(results, settings);
  return results.failures.length > 0 ? EXIT.crash : EXIT.pass;
}

async function write(results: Results, { json, markdown }: Settings): Promise<void> {
  print(reportText(results));
  if (json) await Deno.writeTextFile(json, JSON.stringify(results, null, 2) + "\n");
  if (!markdown) return;
  await Deno.writeTextFile(markdown, reportMarkdown(results));
  await runToEnd(Deno.execPath(), ["fmt", "--quiet", markdown]);
}
