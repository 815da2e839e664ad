/**
 * The server. `deno task start --help` lists what can be set.
 */

import { readServerConfig, SERVER_OPTIONS, type ServerConfig } from "./src/config.ts";
import { guardProcess } from "./src/guard.ts";
import { setUpLogging } from "./src/logging.ts";
import { MessageLogError } from "./src/message_log/message_log.ts";
import { helpText, OptionError } from "./src/options/mod.ts";
import { profilesText } from "./src/profiles.ts";
import { receiptFile } from "./src/receipt_file.ts";
import { startServer } from "./src/server.ts";
import { attachSignals } from "./src/shutdown/signals.ts";
import { VERSION } from "./src/version.ts";

const INTRO = `Last Call ${VERSION}: a WebSocket chat server that knows how to close.

Usage: deno task start [flags]

Exit codes: 0 everybody left cleanly; 3 someone had to be forced; 1 an error; 2 a bad flag or variable;
4 the message log cannot be used.
First SIGINT or SIGTERM: drain. Second: skip the pacing. Third: exit at once, with 1.`;

async function main(): Promise<void> {
  const request = readServerConfig(Deno.args, Deno.env.get);
  if ("config" in request) await run(request.config);
  else print(request.wants === "help" ? help() : VERSION);
}

function help(): string {
  return `${helpText(SERVER_OPTIONS, INTRO)}\n${profilesText()}`;
}

async function run(config: ServerConfig): Promise<void> {
  const log = setUpLogging({ format: config.logFormat, level: config.logLevel });
  const onReceipt = config.receipt ? await receiptFile(config.receipt) : undefined;
  guardProcess(log);
  await startServer(config, {
    log,
    attach(shutdown) {
      attachSignals(shutdown, { log });
      // A request to the admin listener can start it, too.
      shutdown.done.then(({ exitCode }) => Deno.exit(exitCode), () => Deno.exit(1));
    },
    ...onReceipt ? { onReceipt } : {},
  });
}

function print(text: string): void {
  // deno-lint-ignore no-console -- what was asked for
  console.log(text);
}

function fail(error: unknown): never {
  // deno-lint-ignore no-console -- there may be no log yet
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(error instanceof OptionError ? 2 : error instanceof MessageLogError ? 4 : 1);
}

if (import.meta.main) await main().catch(fail);
