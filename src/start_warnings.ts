/**
 * What the operator should know before the first client comes.
 */

import type { ServerConfig } from "./config.ts";
import { normalOrigin } from "./http/origin.ts";
import { budgetWarnings } from "./shutdown/budget.ts";

/** The warnings for a server that clients find at `url`, as sentences. */
export function startWarnings(config: ServerConfig, url: string): string[] {
  const { allowedOrigins, maxClients } = config;
  const page = normalOrigin(url.replace(/^ws/, "http"))!;
  const refusesItself = !allowedOrigins.includes("*") && !allowedOrigins.includes(page);
  return [
    ...budgetWarnings(config, { maxClients }),
    ...refusesItself
      ? [
        `The chat page will be refused: ${page} is not one of the allowed origins (${allowedOrigins})`,
      ]
      : [],
  ];
}
