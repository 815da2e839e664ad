/**
 * `deno task close URL`, from its arguments to its exit code.
 *
 * @module
 */

import { helpText, OptionError, VERSION } from "@lastcall/lastcall";
import { EXIT } from "../loadtest/exit_codes.ts";
import { print } from "../loadtest/output.ts";
import { ansi, noPaint } from "../loadtest/paint.ts";
import { traceClose } from "./connect.ts";
import { CLOSE_OPTIONS, type CloseOptions, readCloseOptions } from "./options.ts";
import { explain } from "./story.ts";
import { storyText } from "./story_text.ts";

const INTRO = `Connects to a WebSocket server, closes, and explains what it saw.

Usage: deno task close URL [flags]

Exit codes: 0 a proper close handshake, 1 crash, 2 usage, 10 cut, unanswered or illegal, 13 could not
connect.`;

/** Runs the command; resolves to its exit code. */
export async function close(args: readonly string[]): Promise<number> {
  try {
    const request = readCloseOptions(args);
    if ("url" in request) return await trace(request.url, request.options);
    print(request.wants === "help" ? helpText(CLOSE_OPTIONS, INTRO) : `${VERSION}\n`);
    return EXIT.pass;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    print(`${error.message}\n`, Deno.stderr);
    return EXIT.usage;
  }
}

async function trace(url: string, options: CloseOptions): Promise<number> {
  const { origin, timeoutMs, wait, code, reason = "", json } = options;
  const seen = await traceClose(url, {
    origin,
    timeoutMs,
    ...wait ? {} : { close: { code, reason } },
  });
  const story = explain(seen);
  const paint = Deno.stdout.isTerminal() && !Deno.noColor ? ansi : noPaint;
  const data = () => JSON.stringify({ version: 1, ...story, trace: seen }, null, 2) + "\n";
  print(json ? data() : storyText(seen, story, paint));
  return story.exitCode;
}
