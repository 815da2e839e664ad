/**
 * What was done to the servers, and how it went.
 *
 * @module
 */

import type {
  ExitEvent,
  FreezeEvent,
  JournalEvent,
  PartitionEvent,
  ReadyEvent,
  SignalEvent,
} from "../journal/events.ts";
import type { FaultRecord, MemberHit, Run } from "../run.ts";

/** All faults of a run, in order. */
export class Faults {
  readonly all: FaultRecord[] = [];
  /** Ends of processes that no fault explains. */
  readonly exits: Run["exits"] = [];
  /** Those of NATS servers. */
  readonly memberExits: { name: string; atMs: number; code: number }[] = [];

  /** Whether a fault is under way: its signal was sent, and not everybody is back. */
  get isUnderWay(): boolean {
    const last = this.all.at(-1);
    return last !== undefined && last.backAtMs === undefined;
  }

  /** Takes the next event; those that are not about a fault do nothing. */
  take(event: JournalEvent, inFlight: number): void {
    switch (event.e) {
      case "signal":
        return this.#signal(event, inFlight);
      case "frozen":
      case "thawed":
        return this.#freeze(event);
      case "apart":
      case "joined":
        return this.#part(event);
      case "member":
        return void this.#changeMember(event.m, { readyAtMs: event.t });
      case "ready":
        return this.#ready(event);
      case "exit":
        return this.#exit(event);
      case "receipt":
        return void this.#change(event.s, { receipt: event.receipt });
      case "server":
        return void this.#change(event.s, { readyAtMs: event.t });
      case "back":
        return void Object.assign(this.all[event.f] ?? {}, { backAtMs: event.t });
    }
  }

  /** A further signal of the same fault does not make a new one. */
  #signal({ f, s, m, t, signal }: SignalEvent, inFlight: number): void {
    const whom = s === undefined ? { members: [] } : { instance: s };
    const fault = this.all[f] ??= {
      ...{ ...whom, signal, signalAtMs: t, signalsAtMs: [] },
      ...{ sentAround: 0, inFlight, isKilled: false },
    };
    fault.signalsAtMs.push(t);
    if (m !== undefined && !hitOf(fault, m)) fault.members?.push({ name: m });
  }

  #freeze({ e, f, t }: FreezeEvent): void {
    Object.assign(this.all[f] ?? {}, e === "frozen" ? { frozenAtMs: t } : { thawedAtMs: t });
  }

  #part({ e, m, t }: PartitionEvent): void {
    this.#changeMember(m, e === "apart" ? { apartAtMs: t } : { readyAtMs: t });
  }

  /** A server may say that it is not ready while NATS fails, and only then it is asked. */
  #ready({ s, ready, t }: ReadyEvent): void {
    const fault = this.all.at(-1);
    if (!fault) return;
    const open = fault.unready?.findLast(({ instance, readyAtMs }) =>
      instance === s && readyAtMs === undefined
    );
    if (!ready) (fault.unready ??= []).push({ instance: s, atMs: t });
    else if (open) open.readyAtMs = t;
  }

  #exit({ s, m, t, code, signal, killed }: ExitEvent): void {
    const exit = { atMs: t, code, ...signal ? { signal } : {} };
    if (s === undefined) return this.#memberExit(m ?? "", exit, killed === true);
    const fault = this.#openOf(s);
    if (!fault || fault.exit || t < fault.signalAtMs) {
      return void this.exits.push({ instance: s, atMs: t, code });
    }
    this.#change(s, { exit, isKilled: killed === true });
  }

  #memberExit(name: string, exit: NonNullable<MemberHit["exit"]>, isKilled: boolean): void {
    const fault = this.all.at(-1);
    const hit = fault && fault.backAtMs === undefined ? hitOf(fault, name) : undefined;
    if (!fault || !hit || hit.exit || hit.apartAtMs !== undefined) {
      return void this.memberExits.push({ name, atMs: exit.atMs, code: exit.code });
    }
    hit.exit = exit;
    if (isKilled) fault.isKilled = true;
  }

  /** Once it was hit; what a NATS server does before, is none of a fault. */
  #changeMember(name: string, change: Partial<MemberHit>): void {
    const fault = this.all.at(-1);
    Object.assign(fault && hitOf(fault, name) || {}, change);
  }

  /** What a server does after its last fault belongs to it. */
  #change(s: number, change: Partial<FaultRecord>): void {
    Object.assign(this.#openOf(s) ?? {}, change);
  }

  #openOf(s: number): FaultRecord | undefined {
    const last = this.all.findLast(({ instance }) => instance === s);
    return last?.backAtMs === undefined ? last : undefined;
  }
}

function hitOf({ members }: FaultRecord, name: string): MemberHit | undefined {
  return members?.find((hit) => hit.name === name);
}
