/**
 * Drives one run: start, connect, publish, signal, wait, and have it written down. It decides nothing
 * about what it sees.
 *
 * @module
 */

import type { Child } from "./child.ts";
import type { Plan } from "./plan.ts";
import { Publisher } from "./publisher.ts";
import { Recorder } from "./recorder.ts";
import type { Run } from "./run.ts";
import type { Snapshot, Stage } from "./snapshot.ts";
import { Swarm } from "./swarm.ts";
import { startTarget, type Target, TargetError } from "./target.ts";
import { Ticker } from "./ticker.ts";
import { sleep, within } from "./wait.ts";

/** Deliveries have calmed down when none came for so long. */
const QUIET_MS = 250;
/** An interrupted run gives the target at most so long to leave. */
const INTERRUPT_GRACE_MS = 5_000;

/** One run of a plan. */
export class Load {
  readonly #plan: Plan;
  readonly #origin = performance.now();
  readonly #recorder: Recorder;
  #stage: Stage = "starting";
  #child: Child | undefined;
  #swarm: Swarm | undefined;
  #publisher: Publisher | undefined;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#recorder = new Recorder(plan, this.#now);
  }

  /** Where the run stands. */
  snapshot(): Snapshot {
    return {
      stage: this.#stage,
      elapsedMs: this.#now(),
      clients: this.#plan.clients,
      openNormals: this.#swarm?.openNormals ?? 0,
      ended: this.#swarm?.clients.filter(({ record }) => record.end).length ?? 0,
      sent: this.#publisher?.sent ?? 0,
      received: this.#recorder.inbox.total,
    };
  }

  /** Ends the target without asking. */
  kill(): void {
    this.#child?.signal("SIGKILL");
  }

  /** Runs the plan to its end, or until `abort`: then it stops what it started and says so. */
  async run(abort: AbortSignal): Promise<Run> {
    let target: Target;
    try {
      const onSpawn = (child: Child) => this.#child = child;
      target = await startTarget(this.#plan.target, { now: this.#now, abort, onSpawn });
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      return this.#recorder.failed(error.message, error.output, abort.aborted);
    }
    try {
      return await this.#play(target, abort);
    } finally {
      await target.child?.[Symbol.asyncDispose]();
    }
  }

  async #play(target: Target, abort: AbortSignal): Promise<Run> {
    using swarm = this.#createSwarm(target.url);
    const publisher = this.#createPublisher(swarm);
    const gone = new AbortController();
    target.child?.exited.then(() => {
      publisher.phase = "after exit";
      gone.abort();
    });
    const halt = AbortSignal.any([abort, gone.signal]);
    this.#stage = "connecting";
    await swarm.connect(halt);
    using ticker = new Ticker(this.#now, (nowMs) => {
      publisher.tick(nowMs);
      this.#recorder.tick(nowMs);
    });
    if (!halt.aborted) await this.#publish(publisher, halt);
    if (target.child) await this.#fault(target.child, abort);
    await this.#finish(target.child, abort);
    swarm.release();
    return this.#recorder.finished({ target, swarm, publisher, ticker }, abort.aborted);
  }

  /** Publishes until the fault is due, or the run is over. */
  async #publish(publisher: Publisher, halt: AbortSignal): Promise<void> {
    const { warmupMs, signals, faultAtMs, durationMs } = this.#plan;
    publisher.start(this.#now());
    this.#stage = "warming up";
    await sleep(warmupMs, halt);
    if (halt.aborted) return;
    publisher.phase = "before signal";
    this.#stage = "publishing";
    await sleep(signals > 0 ? faultAtMs : durationMs, halt);
  }

  /** Signals the process and waits until it is gone: by itself within the grace period, or killed. */
  async #fault(child: Child, abort: AbortSignal): Promise<void> {
    const { signals, signalPauseMs, graceMs } = this.#plan;
    if (signals === 0 || child.exit || abort.aborted) return;
    this.#stage = "signalled";
    this.#recorder.connectedAtSignal = this.#swarm!.openNormals;
    this.#publisher!.phase = "signal to exit";
    const deadlineMs = this.#now() + graceMs;
    for (let i = 0; i < signals; i++) {
      if (i > 0 && await within(signalPauseMs, child.exited, abort) || abort.aborted) return;
      this.#recorder.signalsAtMs.push(this.#now());
      child.signal("SIGTERM");
    }
    if (await within(deadlineMs - this.#now(), child.exited, abort) || abort.aborted) return;
    this.#recorder.killed = true;
    child.signal("SIGKILL");
    await child.exited;
  }

  /** Lets the connections come to their end: those that the fault ended, or that we end now. */
  async #finish(child: Child | undefined, abort: AbortSignal): Promise<void> {
    const { settleMs, graceMs } = this.#plan;
    const swarm = this.#swarm!;
    this.#stage = abort.aborted ? "stopping" : "settling";
    if (abort.aborted || !child?.exit) this.#publisher!.stop();
    if (abort.aborted) return await child?.stop(Math.min(graceMs, INTERRUPT_GRACE_MS));
    if (child?.exit) {
      swarm.wakeSlow();
      await swarm.over(settleMs, abort);
      return await child.drained();
    }
    await this.#quiet(settleMs, abort);
    swarm.leave();
    await swarm.over(settleMs, abort);
  }

  /** Waits until nothing is delivered any more. */
  async #quiet(deadlineMs: number, abort: AbortSignal): Promise<void> {
    const { inbox } = this.#recorder;
    const endMs = this.#now() + deadlineMs;
    for (let seen = -1; seen !== inbox.total && this.#now() < endMs && !abort.aborted;) {
      seen = inbox.total;
      await sleep(QUIET_MS, abort);
    }
  }

  #createSwarm(url: string): Swarm {
    const { inbox } = this.#recorder;
    const onMessage = (reader: number, frame: Uint8Array) => inbox.take(reader, frame);
    return this.#swarm = new Swarm(this.#plan, { url, now: this.#now, onMessage });
  }

  #createPublisher(swarm: Swarm): Publisher {
    const { protocol, ratePerSecond } = this.#plan;
    const { codec, tally } = this.#recorder;
    return this.#publisher = new Publisher({
      outlets: swarm.normals,
      ratePerSecond,
      codec,
      tally,
      readers: () => protocol === "echo" ? 1 : swarm.openNormals - 1,
    });
  }

  readonly #now = (): number => performance.now() - this.#origin;
}
