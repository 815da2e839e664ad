/**
 * The client's side of `lastcall.v1`, without a socket and without a clock: it is told what happened
 * and when, and answers with what to do.
 *
 * ```text
 *          opened             welcome           drain
 * connecting ──► greeting ────────────► live ─────────► leaving
 *    ▲               │                   │                │
 *    │               ▼                   ▼                ▼     the end of a connection
 *    └─────────── waiting ◄──────────────┴────────────────┘
 * ```
 *
 * and `closed` from everywhere, for good.
 */

import { Backoff, mayComeBack } from "./backoff.ts";
import { Conversation, type ConversationOptions } from "./conversation.ts";
import type { Effect } from "./effects.ts";
import {
  type DrainFrame,
  parseServerFrame,
  type ServerFrame,
  SUBPROTOCOL,
  type WrongFrame,
} from "./frames.ts";
import {
  endingOf,
  hasConnection,
  leavingPhase,
  type Phase,
  timeoutCause,
  welcomedForMs,
} from "./phase.ts";
import { Route } from "./route.ts";
import type { ChatState, Ending } from "./states.ts";

/** What a machine is told. */
export interface MachineOptions extends ConversationOptions {
  /** Where to connect to. */
  url: URL;
  /** How long a connection may take to open, in ms. */
  connectMs: number;
  /** How long the answer to `hello` may take, in ms. */
  welcomeMs: number;
  /** Numbers from 0 up to, not including, 1. */
  random: () => number;
}

/** Close codes of ours: IANA's for a timeout, and the protocol's for what it does not allow. */
const TIMEOUT = 3008;
const BAD_FRAME = 4500;
const NORMAL = 1000;

/** One client over all its connections. Every method returns what to do. */
export class Machine {
  /** What is kept from connection to connection. */
  readonly conversation: Conversation;
  readonly #options: MachineOptions;
  readonly #route: Route;
  readonly #backoff: Backoff;
  #phase: Phase = { name: "waiting", until: -Infinity };
  #heardAt = 0;
  #closeBy = Infinity;
  #effects: Effect[] = [];

  /** Does nothing before the first {@linkcode tick}. */
  constructor(options: MachineOptions) {
    this.#options = options;
    this.conversation = new Conversation(options);
    this.#route = new Route(options.url, options.random);
    this.#backoff = new Backoff(options.random);
  }

  /** Whether publishes are still taken. */
  get isOpen(): boolean {
    return this.#phase.name !== "closed" && this.#closeBy === Infinity;
  }

  /** When to call {@linkcode tick} next; `Infinity`: not before something else happens. */
  get wakeAt(): number {
    const phase = this.#phase;
    if (phase.name === "closed") return Infinity;
    if (phase.name !== "live") return Math.min(phase.until, this.#closeBy);
    const { sender } = this.conversation;
    return Math.min(sender.readyAt, sender.answerBy(this.#heardAt), this.#closeBy);
  }

  /** To begin with, when `wakeAt` has come, and when a publish was added. */
  tick(now: number): Effect[] {
    const phase = this.#phase;
    if (phase.name === "live") {
      if (now >= this.conversation.sender.answerBy(this.#heardAt)) this.#timeOut("live", now);
    } else if (phase.name !== "closed" && now >= phase.until) {
      if (phase.name === "waiting") this.#connect(now);
      else this.#timeOut(phase.name, now);
    }
    return this.#settle(now);
  }

  /** The connection opened, with a subprotocol. */
  opened(protocol: string, now: number): Effect[] {
    if (this.#phase.name === "connecting") {
      if (protocol === SUBPROTOCOL) this.#greet(now);
      else this.#breakOff(`The server speaks "${protocol}" instead of ${SUBPROTOCOL}`, now);
    }
    return this.#settle(now);
  }

  /** A frame came, as text. */
  heard(text: string, now: number): Effect[] {
    return this.took(parseServerFrame(text), now);
  }

  /** A frame came, and was read: `undefined` for one that is not known. */
  took(frame: ServerFrame | WrongFrame | undefined, now: number): Effect[] {
    if (hasConnection(this.#phase)) {
      this.#heardAt = now;
      if (frame && "wrong" in frame) this.#breakOff(frame.wrong, now);
      else if (frame) this.#obey(frame, now);
    }
    return this.#settle(now);
  }

  /** The connection ended, or was never made. */
  ended(end: { code: number; reason: string }, now: number): Effect[] {
    if (hasConnection(this.#phase)) {
      const ending = endingOf(this.#phase, end);
      if (mayComeBack(ending.code)) this.#comeBack(ending, now);
      else this.#close(ending);
    }
    return this.#settle(now);
  }

  /** Closes for good as soon as every publish is settled, in `flushMs` at the latest. */
  close(flushMs: number, now: number): Effect[] {
    this.#closeBy = Math.min(this.#closeBy, now + flushMs);
    return this.#settle(now);
  }

  #connect(now: number): void {
    const { url } = this.#route;
    this.#phase = { name: "connecting", until: now + this.#options.connectMs };
    this.#tell({ name: "connecting", url, attempt: this.#backoff.attempts + 1 });
    this.#effects.push({ do: "connect", url });
  }

  #greet(now: number): void {
    this.#phase = { name: "greeting", until: now + this.#options.welcomeMs };
    this.#effects.push({ do: "send", frame: this.conversation.hello() });
  }

  #obey(frame: ServerFrame, now: number): void {
    const phase = this.#phase;
    if (frame.type === "welcome" && phase.name === "greeting") {
      this.#phase = { name: "live", since: now };
      this.#tell({ name: "live", url: this.#route.url, isResumed: frame.recovered });
      this.#effects.push(...this.conversation.resume(frame, now));
    } else if (!("since" in phase)) return;
    else if (frame.type === "messages") this.#effects.push(...this.conversation.deliver(frame));
    else if (frame.type === "rejected") {
      this.#effects.push(...this.conversation.sender.reject(frame, now));
    } else if (frame.type === "people") {
      const { here, names } = frame;
      this.#effects.push({ do: "people", people: { here, names } });
    } else if (frame.type === "drain" && phase.name === "live") this.#leave(frame, phase, now);
  }

  #leave(drain: DrainFrame, phase: { since: number }, now: number): void {
    const { closeInMs, reconnectAfterMs, alternates = [] } = drain;
    const lastId = this.conversation.sender.lastSentId;
    this.#phase = leavingPhase(phase, drain, now);
    this.#route.noteAlternates(alternates);
    this.#effects.push({ do: "send", frame: { type: "drained", lastId } });
    this.#tell({ name: "leaving", closeInMs, reconnectAfterMs });
  }

  #timeOut(name: Parameters<typeof timeoutCause>[0], now: number): void {
    const ending = { cause: timeoutCause(name), code: TIMEOUT, reason: "" };
    this.#effects.push({ do: "hangUp", code: TIMEOUT, reason: ending.cause });
    this.#comeBack(ending, now);
  }

  /** The server does what the protocol does not allow; after a restart it may be another. */
  #breakOff(reason: string, now: number): void {
    const ending = { cause: "wrong_protocol", code: BAD_FRAME, reason } as const;
    this.#effects.push({ do: "hangUp", code: BAD_FRAME, reason: ending.cause });
    this.#comeBack(ending, now);
  }

  #comeBack(ending: Ending, now: number): void {
    const phase = this.#phase;
    if (!("since" in phase)) this.#route.noteFailure();
    const retryInMs = this.#backoff.delayMs({
      code: ending.code,
      welcomedForMs: welcomedForMs(phase, now),
      hintMs: phase.name === "leaving" ? phase.hintMs : undefined,
    });
    this.conversation.sender.endConnection();
    this.#phase = { name: "waiting", until: now + retryInMs };
    this.#tell({ name: "waiting", retryInMs, attempt: this.#backoff.attempts + 1, ending });
  }

  #close(ending: Ending): void {
    this.#phase = { name: "closed" };
    this.#effects.push(...this.conversation.sender.close());
    this.#tell({ name: "closed", ending });
  }

  /** What follows from whatever happened. */
  #settle(now: number): Effect[] {
    const { sender } = this.conversation;
    if (this.#phase.name === "live") this.#effects.push(...sender.send(now));
    const isOver = now >= this.#closeBy || (this.#closeBy < Infinity && sender.pending === 0);
    if (isOver && this.#phase.name !== "closed") {
      if (hasConnection(this.#phase)) {
        this.#effects.push({ do: "hangUp", code: NORMAL, reason: "" });
      }
      this.#close({ cause: "asked", code: NORMAL, reason: "" });
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #tell(state: ChatState): void {
    this.#effects.push({ do: "state", state });
  }
}
