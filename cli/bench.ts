/**
 * `deno task bench`: measures this project's server and two others that do the same job, in one run.
 *
 * @module
 */

import { bench } from "./bench/command.ts";

if (import.meta.main) Deno.exit(await bench(Deno.args));
