/**
 * Starts a server and says where it listens.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import type { Child } from "../loadtest/child.ts";
import { readableLine, readServerLine } from "../loadtest/server_log.ts";
import { within } from "../loadtest/wait.ts";
import type { Supervision } from "./children.ts";
import type { ServerProgram } from "./contenders.ts";

const START_DEADLINE_MS = 15_000;
const TAIL_LINES = 5;

/** A server that listens; it ends when it is disposed. */
export interface Server extends AsyncDisposable {
  url: string;
  pid: number;
  /** How it ended by itself, in words; `undefined` while it runs. */
  end(): string | undefined;
}

/** Starts a server. Rejects with its last words when it does not listen in time. */
export async function startServer(
  { program, args }: ServerProgram,
  { children, signal }: Supervision,
): Promise<Server> {
  const listening = Promise.withResolvers<string>();
  const child = children.start(program, {
    args,
    onLine(line) {
      const url = urlOf(line);
      if (url) listening.resolve(url);
      return readableLine(line);
    },
  });
  const started = Promise.race([listening.promise, child.exited]);
  if (await within(START_DEADLINE_MS, started, signal) && !child.exit) {
    const dispose = () => child[Symbol.asyncDispose]();
    return {
      url: await listening.promise,
      pid: child.pid,
      end: () => endOf(child),
      [Symbol.asyncDispose]: dispose,
    };
  }
  await child.drained();
  const why = endOf(child) ?? `it did not listen within ${formatDuration(START_DEADLINE_MS)}`;
  await child[Symbol.asyncDispose]();
  throw new Error(why);
}

/** How a program ended, and its last words; `undefined` while it runs. */
export function endOf({ exit, tail }: Pick<Child, "exit" | "tail">): string | undefined {
  if (!exit) return undefined;
  return [`it ended with exit code ${exit.code}`, ...tail.slice(-TAIL_LINES)].join("; ");
}

/** Ours says it in its log, the others just print it. */
function urlOf(line: string): string | undefined {
  const said = readServerLine(line);
  if (said?.event === "listening") return said.url;
  return /^ws:\/\/\S+$/.test(line) ? line : undefined;
}
