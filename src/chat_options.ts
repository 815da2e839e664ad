/**
 * What can be set on a chat in an application of your own, over the server's defaults.
 *
 * @module
 */

import { type ChatSettings, SERVER_OPTIONS } from "./config.ts";
import { normalOrigin } from "./http/origin.ts";
import { defaultsOf } from "./options/mod.ts";

/**
 * What is set on a chat. What is left out has the default of the server's flag of that name; units are
 * in the names.
 */
export interface ChatOptions extends Partial<ChatSettings> {
  /**
   * The web origins that may connect, such as `https://app.example`; `*` allows every one that is
   * present. Hazard: with `*` and a login by cookie, any page can act for its visitor.
   */
  allowedOrigins: string[];
}

/** The options over their defaults. Throws a `RangeError` with a sentence for one that cannot be. */
export function resolveChatOptions(options: ChatOptions): ChatSettings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) checkNumber(name, value);
  const settings: ChatSettings = {
    ...defaultsOf(SERVER_OPTIONS),
    ...Object.fromEntries(given),
    allowedOrigins: options.allowedOrigins.map(checkedOrigin),
  };
  checkFlood(settings);
  return settings;
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== "number" || (Number.isFinite(value) && value >= 0)) return;
  throw new RangeError(`Cannot create the chat: ${name} must be a number from 0 up, got ${value}`);
}

function checkedOrigin(origin: string): string {
  const normal = origin === "*" ? origin : normalOrigin(origin);
  if (normal !== undefined) return normal;
  throw new RangeError(
    "Cannot create the chat: allowedOrigins must be origins such as https://app.example, or *, " +
      `got ${JSON.stringify(origin)}`,
  );
}

/** The same rule as for the server's flags: else a flood would never be seen. */
function checkFlood({ floodLimit, rateLimitBurst }: ChatSettings): void {
  if (floodLimit > rateLimitBurst) return;
  throw new RangeError(
    `Cannot create the chat: floodLimit must be above rateLimitBurst (${rateLimitBurst}), ` +
      `got ${floodLimit}`,
  );
}
