/**
 * `deno task loadtest`: plays clients through a restart of a WebSocket server, and judges it.
 *
 * @module
 */

import { loadtest } from "./loadtest/command.ts";

// Sockets of clients that never answer are still closing: the report is out, so do not wait for them.
if (import.meta.main) Deno.exit(await loadtest(Deno.args));
