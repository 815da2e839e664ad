/**
 * `deno task loadtest`, from its arguments to its exit code.
 *
 * @module
 */

import { helpText, OptionError, VERSION } from "@lastcall/lastcall";
import { checkJournal } from "./check_journal.ts";
import { type Command, readCommand } from "./command_line.ts";
import { checkWritable, deliver } from "./deliver.ts";
import { describePlan } from "./describe_plan.ts";
import { checkDescriptors, descriptorLimit } from "./descriptors.ts";
import { dryRunText } from "./dry_run.ts";
import { EXIT } from "./exit_codes.ts";
import { Interrupt } from "./interrupt.ts";
import type { Sink } from "./journal/events.ts";
import { JournalWriter, readJournal } from "./journal/file.ts";
import { JournalError } from "./journal/journal_error.ts";
import type { Outcome } from "./outcome.ts";
import { print } from "./output.ts";
import { checkNetwork } from "./network_check.ts";
import { whyNoNetwork } from "./nats/network.ts";
import { noPaint } from "./paint.ts";
import type { Plan } from "./plan.ts";
import { playerFor } from "./players.ts";
import { Playlist } from "./playlist.ts";
import { Progress, type ProgressStyle } from "./progress.ts";
import { ALL, listScenarios, SCENARIO_NAMES } from "./scenarios.ts";
import { selftest } from "./selftest/command.ts";
import { SETTINGS } from "./settings.ts";
import type { OutputSettings } from "./settings/output.ts";

const INTRO = `Plays clients through faults of WebSocket servers and judges what became of them.

Usage: deno task loadtest [SCENARIO...] [flags]
       deno task loadtest --selftest [FAULT...]

Scenarios: ${[...SCENARIO_NAMES, ALL].join(", ")}.
Default: rolling. --list says what each is.

Exit codes: 0 pass, 1 crash, 2 usage, 10 the server did something wrong, 11 not enough was seen to
say, 12 a limit was passed, 13 the target did not start, 130 interrupted.`;

/** Runs the command; resolves to its exit code. */
export async function loadtest(args: readonly string[]): Promise<number> {
  try {
    const readText = (file: string) => Deno.readTextFileSync(file);
    return await obey(readCommand(args, { readEnv: Deno.env.get, readText }));
  } catch (error) {
    if (!(error instanceof OptionError || error instanceof JournalError)) throw error;
    print(`${error.message}\n`, Deno.stderr);
    return EXIT.usage;
  }
}

async function obey(command: Command): Promise<number> {
  switch (command.do) {
    case "help":
      return tell(helpText(SETTINGS, INTRO));
    case "version":
      return tell(`${VERSION}\n`);
    case "list":
      return tell(listScenarios());
    case "dry-run":
      return tell(command.plans.map(dryRunText).join("\n"));
    case "selftest":
      return await selftest(command.faults);
    case "check":
      checkWritable(command.output);
      return deliver(command.output, await check(command.journal, command));
    case "run":
      checkWritable(command.output);
      checkDescriptors(Math.max(...command.plans.map(({ clients }) => clients)), descriptorLimit());
      await checkNetwork(command.plans, whyNoNetwork);
      return deliver(command.output, await run(command.plans, command.output));
  }
}

function tell(text: string): number {
  print(text);
  return EXIT.pass;
}

async function check(
  file: string,
  { thresholds }: Extract<Command, { do: "check" }>,
): Promise<Outcome> {
  let bytes: ReadableStream<Uint8Array>;
  try {
    bytes = (await Deno.open(file)).readable;
  } catch (cause) {
    const { message } = cause as Error;
    throw new OptionError(`Cannot start: --check must be a file that can be read; ${message}`, {
      cause,
    });
  }
  const again = judgeAgain(file);
  return await checkJournal(readJournal(bytes), { thresholds, again });
}

async function run(plans: readonly Plan[], output: OutputSettings): Promise<Outcome> {
  const toStderr = (text: string) => print(text, Deno.stderr);
  using journal = openJournal(output.journal);
  const sink: Sink = journal?.write ?? (() => {});
  const again = output.journal === "-" ? undefined : judgeAgain(output.journal);
  const playlist = new Playlist(plans, {
    playerFor: (plan) => playerFor(plan, { sink, again }),
    onBegin(plan, i) {
      if (output.quiet) return;
      const title = plans.length > 1 ? `${i + 1} of ${plans.length}\n` : "";
      toStderr(`${title}${describePlan(plan).join("\n")}\n\n`);
    },
    onEnd({ name, outcome }) {
      if (plans.length > 1 && !output.quiet) toStderr(`${name}: ${outcome.verdict(noPaint)}\n\n`);
    },
  });
  using interrupt = new Interrupt(() => playlist.kill());
  using _progress = new Progress(progressStyle(output), () => playlist.snapshot(), toStderr);
  return await playlist.play(interrupt.signal);
}

function judgeAgain(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const word = /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
  return `deno task loadtest --check ${word}`;
}

function openJournal(file: string | undefined): JournalWriter | undefined {
  if (file === undefined) return undefined;
  if (file === "-") return new JournalWriter(Deno.stdout);
  return new JournalWriter(Deno.openSync(file, { write: true, create: true, truncate: true }));
}

function progressStyle({ quiet, progress }: OutputSettings): ProgressStyle {
  if (quiet) return "none";
  return progress !== "auto" ? progress : Deno.stderr.isTerminal() ? "tty" : "plain";
}
