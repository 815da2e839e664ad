/**
 * How a server behaves at each step where it could lie. This one is honest and does what
 * `docs/protocol.md` says; each fault is another one that differs in one of the steps.
 *
 * @module
 */

import type { MessageItem, WelcomeFrame } from "@lastcall/lastcall/client";
import type { Guest, Host } from "./guest.ts";
import type { NewEntry, SharedLog } from "./shared_log.ts";

/** What a conduct can see. */
export interface ConductOptions {
  log: SharedLog;
  /** Everybody who is connected. */
  guests: ReadonlySet<Guest>;
  /** Where guests are sent when the server leaves. */
  alternates: readonly string[];
}

/** How long a guest has to answer `drain`, and to answer a Close frame. */
const CLOSE_IN_MS = 2_000;
/** When the first guest comes back, and how long after it the next one. */
const BACK_MS = 100;
const BACK_STEP_MS = 5;

/** The honest conduct. */
export class Conduct implements Host {
  protected readonly log: SharedLog;
  protected readonly guests: ReadonlySet<Guest>;
  protected readonly alternates: readonly string[];

  constructor({ log, guests, alternates }: ConductOptions) {
    this.log = log;
    this.guests = guests;
    this.alternates = alternates;
  }

  /** Whether a newcomer is let in. Else: 503. */
  admits(isLeaving: boolean): boolean {
    return !isLeaving;
  }

  welcome(_guest: Guest, welcome: WelcomeFrame): WelcomeFrame {
    return welcome;
  }

  /** Into the log, from where everybody gets it. */
  publish(_guest: Guest, message: NewEntry): void {
    this.log.append(message);
  }

  deliver(_guest: Guest, items: MessageItem[]): MessageItem[] | undefined {
    return items;
  }

  /** A guest is asked to leave, the `i`-th of all. */
  askToLeave(guest: Guest, i: number): void {
    if (guest.state === "greeting") return this.close(guest);
    if (guest.state !== "live") return;
    guest.state = "leaving";
    guest.send({
      type: "drain",
      closeInMs: CLOSE_IN_MS,
      reconnectAfterMs: BACK_MS + i * BACK_STEP_MS,
      ...this.alternates.length > 0 ? { alternates: [...this.alternates] } : {},
    });
  }

  sayGoodbye(guest: Guest, lastId: number): void {
    guest.catchUp();
    guest.send({ type: "done", lastId });
    this.close(guest);
  }

  /** A guest's connection is closed. */
  close(guest: Guest): void {
    guest.close(1012, "restart");
  }

  /** SIGTERM came. Resolves with the exit code. */
  async leave(): Promise<number> {
    await this.empty();
    return 0;
  }

  /** Everybody is asked to leave, and gone when this resolves. */
  protected async empty(): Promise<void> {
    const guests = [...this.guests];
    for (const [i, guest] of guests.entries()) this.askToLeave(guest, i);
    const allGone = Promise.all(guests.map(({ gone }) => gone));
    if (await inTime(allGone)) return;
    for (const guest of guests) this.close(guest);
    await inTime(allGone);
  }
}

async function inTime(event: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<false>((resolve) =>
    timer = setTimeout(() => resolve(false), CLOSE_IN_MS)
  );
  const isInTime = await Promise.race([event.then(() => true), late]);
  clearTimeout(timer);
  return isInTime;
}
