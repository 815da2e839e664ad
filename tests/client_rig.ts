import type { Effect } from "../src/client/effects.ts";
import {
  type ClientFrame,
  encode,
  type RejectionCode,
  type ServerFrame,
  SUBPROTOCOL,
  type WelcomeFrame,
} from "../src/client/frames.ts";
import { Machine, type MachineOptions } from "../src/client/machine.ts";
import type { ChatState } from "../src/client/states.ts";

export const HOME = "ws://a.example/ws?room=lobby";
export const LIMITS = { maxMessageSize: 100, rateLimitBurst: 101, rateLimitRefillMs: 1_000 };

/** A machine, the time, and what it asked for; what it is told is told at once. */
export class Rig {
  readonly machine: Machine;
  now = 1_000;
  effects: Effect[] = [];

  constructor(options: Partial<MachineOptions> = {}) {
    this.machine = new Machine({
      url: new URL(HOME),
      history: 0,
      outboxLimit: 1_000,
      connectMs: 10_000,
      welcomeMs: 8_000,
      answerMs: 15_000,
      random: () => 0.5,
      ...options,
    });
    this.effects.push(...this.machine.tick(this.now));
  }

  /** A rig with a welcomed connection, and nothing to look back at. */
  static live(options: Partial<MachineOptions> = {}, welcome: Partial<WelcomeFrame> = {}): Rig {
    const rig = new Rig(options);
    rig.open();
    rig.welcome(welcome);
    rig.effects = [];
    return rig;
  }

  open(protocol = SUBPROTOCOL): void {
    this.effects.push(...this.machine.opened(protocol, this.now));
  }

  hear(frame: ServerFrame | string): void {
    const text = typeof frame === "string" ? frame : encode(frame);
    this.effects.push(...this.machine.heard(text, this.now));
  }

  welcome(fields: Partial<WelcomeFrame> = {}): void {
    const welcome = {
      type: "welcome",
      session: "s1",
      from: "me",
      epoch: "e1",
      seq: 0,
      lastId: 0,
      recovered: true,
      limits: LIMITS,
      ...fields,
    } as WelcomeFrame;
    this.hear(welcome);
  }

  messages(...items: { seq: number; id?: number; from?: string }[]): void {
    this.hear({
      type: "messages",
      items: items.map(({ seq, from = "me", ...rest }) => ({
        seq,
        from,
        ...rest,
        content: `at ${seq}`,
        at: 0,
      })),
    });
  }

  reject(id: number, code: RejectionCode, retryAfterMs?: number): void {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.hear({ type: "rejected", id, code, ...retry });
  }

  drain(alternates?: string[], reconnectAfterMs = 3_400): void {
    const others = alternates ? { alternates } : {};
    this.hear({ type: "drain", closeInMs: 2_000, reconnectAfterMs, ...others });
  }

  end(code = 1006): void {
    this.effects.push(...this.machine.ended({ code, reason: "" }, this.now));
  }

  publish(...contents: string[]): void {
    for (const content of contents) this.machine.conversation.sender.add(content);
    this.tick();
  }

  tick(): void {
    this.effects.push(...this.machine.tick(this.now));
  }

  /** Ticks at every moment asked for, over `ms`. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.machine.wakeAt <= until) {
      this.now = Math.max(this.now, this.machine.wakeAt);
      this.tick();
    }
    this.now = until;
  }

  /** Ends the connection, and makes and welcomes the next one. */
  cut(welcome: Partial<WelcomeFrame> = {}): void {
    this.end();
    this.pass(this.waiting.retryInMs);
    this.effects = [];
    this.open();
    this.welcome(welcome);
  }

  get sent(): ClientFrame[] {
    return this.effects.flatMap((effect) => effect.do === "send" ? [effect.frame] : []);
  }

  /** The ids of the publishes sent. */
  get ids(): number[] {
    return this.sent.flatMap((frame) => frame.type === "publish" ? [frame.id] : []);
  }

  get accepted(): [id: number, seq: number | undefined][] {
    return this.effects.flatMap((effect) =>
      effect.do === "accepted" ? [[effect.entry.id, effect.seq]] : []
    );
  }

  get failed(): [id: number, code: string][] {
    return this.effects.flatMap((effect) =>
      effect.do === "failed" ? [[effect.entry.id, effect.code]] : []
    );
  }

  get states(): ChatState[] {
    return this.effects.flatMap((effect) => effect.do === "state" ? [effect.state] : []);
  }

  get state(): ChatState {
    return this.states.at(-1)!;
  }

  /** The last state, which must be `waiting`. */
  get waiting(): Extract<ChatState, { name: "waiting" }> {
    const { state } = this;
    if (state.name !== "waiting") throw new Error(`It is ${state.name}, not waiting`);
    return state;
  }

  get urls(): string[] {
    return this.effects.flatMap((effect) => effect.do === "connect" ? [effect.url] : []);
  }

  /** The seqs of the messages told. */
  get seqs(): number[] {
    return this.effects.flatMap((effect) => effect.do === "message" ? [effect.message.seq] : []);
  }

  get hangUps(): [code: number, reason: string][] {
    return this.effects.flatMap((effect) =>
      effect.do === "hangUp" ? [[effect.code, effect.reason]] : []
    );
  }
}
