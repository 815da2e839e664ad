/**
 * `deno task close URL`: connects, closes, and explains what it saw.
 *
 * @module
 */

import { close } from "./close/command.ts";

// A server that does not end TCP would keep us here; the story is told, so leave.
if (import.meta.main) Deno.exit(await close(Deno.args));
