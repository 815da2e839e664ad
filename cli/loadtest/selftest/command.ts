/**
 * `deno task loadtest --selftest`, from the names of faults to an exit code.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import { EXIT } from "../exit_codes.ts";
import { Interrupt } from "../interrupt.ts";
import { print } from "../output.ts";
import { ansi, noPaint } from "../paint.ts";
import { type Fault, FAULTS } from "./faults.ts";
import { resultLine, runSelftest, summaryLine } from "./selftest.ts";
import { SelftestPlayer } from "./player.ts";

/** Plays these faults, or all of them. Throws an {@linkcode OptionError} for a name that is none. */
export async function selftest(names: readonly string[]): Promise<number> {
  const faults = chooseFaults(names);
  const paint = Deno.stdout.isTerminal() && !Deno.noColor ? ansi : noPaint;
  const player = new SelftestPlayer();
  using interrupt = new Interrupt(() => player.kill());
  const abort = interrupt.signal;
  const results = await runSelftest({
    faults,
    abort,
    play: (plan) => player.play(plan, abort),
    onResult: (result) => print(`${resultLine(result, paint)}\n`),
  });
  if (abort.aborted) return EXIT.interrupted;
  print(`\n${summaryLine(results, paint)}\n`);
  return results.every(({ grade }) => grade === "found") ? EXIT.pass : EXIT.correctness;
}

function chooseFaults(names: readonly string[]): readonly Fault[] {
  const known: readonly Fault[] = FAULTS;
  const stranger = names.find((name) => !known.some((fault) => fault.name === name));
  if (stranger !== undefined) {
    throw new OptionError(
      `Cannot start: --selftest takes the names of faults (${
        known.map(({ name }) => name).join(", ")
      }); got ${stranger}`,
    );
  }
  return names.length === 0 ? known : known.filter(({ name }) => names.includes(name));
}
