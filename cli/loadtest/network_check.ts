/**
 * Whether this machine lets us make the network that a plan needs, before anything is started.
 *
 * @module
 */

import { OptionError } from "@lastcall/lastcall";
import type { Plan } from "./plan.ts";
import { scenarioOf } from "./scenarios.ts";

/**
 * Rejects with an `OptionError` when a plan needs a network of its own and there can be none. `why` tries
 * it, and says why not.
 */
export async function checkNetwork(
  plans: readonly Pick<Plan, "scenario">[],
  why: () => Promise<string | undefined>,
): Promise<void> {
  const needy = plans.find(({ scenario }) => scenarioOf(scenario).needsNetwork);
  const reason = needy && await why();
  if (!needy || reason === undefined) return;
  throw new OptionError(
    `Cannot start: ${needy.scenario} needs root and the program ip (package iproute2), for it puts ` +
      `each NATS server into a network of its own; ${reason}`,
  );
}
