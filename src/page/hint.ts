/** What is said of a message while it is typed. */

import type { PublishErrorCode } from "../client/mod.ts";

/** A hint under the field. */
export interface Hint {
  text: string;
  /** It cannot be sent like this. */
  isWrong: boolean;
}

/** So many bytes before the limit it is told. */
const NEAR_BYTES = 60;

const encoder = new TextEncoder();

const REFUSALS: Partial<Record<PublishErrorCode, string>> = {
  outbox_full: "Too many messages wait already. This one is still here: send it later.",
  closed: "Not sent: there is no connection. It is still here.",
};

/** The hint for what has been typed; `refusal` is why it has just not been taken. */
export function composerHint(
  typed: string,
  { maxBytes = Infinity, refusal }: {
    maxBytes?: number | undefined;
    refusal?: PublishErrorCode | undefined;
  },
): Hint {
  if (refusal) return { text: REFUSALS[refusal] ?? "Not sent. It is still here.", isWrong: true };
  const left = maxBytes - encoder.encode(typed).length;
  if (left < 0) return { text: `Too long by ${bytes(-left)}: shorten it to send.`, isWrong: true };
  return { text: left <= NEAR_BYTES ? `${bytes(left)} left` : "", isWrong: false };
}

function bytes(count: number): string {
  return `${count} byte${count === 1 ? "" : "s"}`;
}
