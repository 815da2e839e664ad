/**
 * The load generator, a process of its own: the load plan comes as its only argument, events go to
 * stdout. The connections stay until the process is ended, so that the server can be looked at.
 *
 * @module
 */

import { print } from "../loadtest/output.ts";
import { sleep } from "../loadtest/wait.ts";
import type { LoadEvent, LoadPlan } from "./load_plan.ts";
import { LoadRun } from "./load_run.ts";

/** Nobody has forgotten us before that. */
const LINGER_MS = 60_000;

async function generate(plan: LoadPlan): Promise<void> {
  using run = new LoadRun(plan);
  try {
    await run.connect();
    const result = await run.measure(() => say({ event: "begin" }));
    say({ event: "end", result });
  } catch (error) {
    return say({ event: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
  await sleep(LINGER_MS);
}

function say(event: LoadEvent): void {
  print(JSON.stringify(event) + "\n");
}

if (import.meta.main) {
  await generate(JSON.parse(Deno.args[0]!));
  Deno.exit();
}
