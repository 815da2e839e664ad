/**
 * Brings a report to where it is wanted.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import type { Outcome } from "./outcome.ts";
import { print } from "./output.ts";
import { ansi, noPaint } from "./paint.ts";
import type { OutputSettings } from "./settings/output.ts";

const FILES = ["json", "html", "journal"] as const;

/** A file that cannot be written is noticed before the run, not after it. Throws an `OptionError`. */
export function checkWritable(output: OutputSettings): void {
  for (const flag of FILES) {
    const file = output[flag];
    if (file === undefined || file === "-") continue;
    try {
      Deno.openSync(file, { append: true, create: true }).close();
    } catch (cause) {
      const { message } = cause as Error;
      throw new OptionError(
        `Cannot start: --${flag} must be a file that can be written; ${message}`,
        { cause },
      );
    }
  }
}

/** Writes a report in all its forms; returns the exit code. */
export function deliver(output: OutputSettings, outcome: Outcome): number {
  const stream = FILES.some((flag) => output[flag] === "-") ? Deno.stderr : Deno.stdout;
  const isPainted = output.color && stream.isTerminal() && !Deno.noColor;
  const paint = isPainted ? ansi : noPaint;
  print(output.quiet ? outcome.verdict(paint) + "\n" : outcome.text(paint), stream);
  if (output.json !== undefined) write(output.json, JSON.stringify(outcome.data(), null, 2) + "\n");
  if (output.html !== undefined && outcome.html) write(output.html, outcome.html());
  return outcome.exitCode;
}

function write(file: string, text: string): void {
  if (file === "-") print(text);
  else Deno.writeTextFileSync(file, text);
}
