/**
 * How a run went over time, in steps.
 *
 * @module
 */

import { Histogram } from "../histogram.ts";
import type { JournalEvent } from "../journal/events.ts";
import type { Plan } from "../plan.ts";
import type { RunSeries } from "../run.ts";

/** Steps are this long, and longer where a run would have too many. */
const STEP_MS = 250;
const MOST_STEPS = 1_200;

/** One step. */
interface Step {
  open: number;
  reconnecting: number;
  offered: number;
  acknowledged: number;
  delivered: number;
  backlog: number;
  reconnects: number;
  latency: Histogram | undefined;
}

/** Where a client stands. */
type Standing = "new" | "open" | "away" | "left";

/** Collects the series of a run. */
export class Timeline {
  readonly #readers: number;
  readonly #steps: Step[] = [];
  readonly #standing: Standing[] = [];
  readonly #clientOf: number[] = [];
  readonly #reconnectsAtMs: number[] = [];
  #open = 0;
  #away = 0;
  #owed = 0;
  #delivered = 0;

  constructor({ protocol, kinds: { normal }, rooms }: Pick<Plan, "protocol" | "kinds" | "rooms">) {
    // How many clients are to see a message.
    this.#readers = protocol === "echo" ? 1 : protocol === "plain" ? normal - 1 : normal / rooms;
  }

  /** The moments at which clients tried to come back. */
  get reconnectsAtMs(): readonly number[] {
    return this.#reconnectsAtMs;
  }

  /** Takes the next event; those that do not show over time do nothing. */
  take(event: JournalEvent): void {
    switch (event.e) {
      case "connect":
        if (event.kind === "normal") this.#connect(event.t, event.r, event.c);
        return;
      case "open":
        return this.#stand(event.c, "open", event.t);
      case "close":
        return this.#stand(event.c, event.how === "left" ? "left" : "away", event.t);
      case "gone":
        return this.#stand(event.c, "away", event.t);
      case "send":
        this.#owed += event.count * this.#readers;
        this.#at(event.t).offered += event.count;
        return;
      case "refuse":
        this.#owed -= this.#readers;
        return;
      case "ack":
        this.#at(event.t).acknowledged++;
    }
  }

  /** So many readers were given a message of the run at `t`, each `ms` after it was due. */
  deliver(t: number, ms: number, readers: number): void {
    const step = this.#at(t);
    step.delivered += readers;
    this.#delivered += readers;
    step.backlog = this.#backlog;
    (step.latency ??= new Histogram()).record(ms, readers);
  }

  /** The series up to `endMs`. */
  series(endMs: number): RunSeries {
    this.#at(endMs);
    const width = Math.ceil(this.#steps.length / MOST_STEPS);
    const groups: Step[][] = [];
    for (let i = 0; i < this.#steps.length; i += width) {
      groups.push(this.#steps.slice(i, i + width));
    }
    const sum = (of: (step: Step) => number) =>
      groups.map((group) => group.reduce((total, step) => total + of(step), 0));
    const last = (of: (step: Step) => number) => groups.map((group) => of(group.at(-1)!));
    const most = (of: (latency: Histogram) => number) => groups.map((group) => mostOf(group, of));
    return {
      stepMs: STEP_MS * width,
      open: last(({ open }) => open),
      reconnecting: last(({ reconnecting }) => reconnecting),
      offered: sum(({ offered }) => offered),
      acknowledged: sum(({ acknowledged }) => acknowledged),
      delivered: sum(({ delivered }) => delivered),
      p50Ms: most((latency) => latency.quantileMs(0.5)),
      p99Ms: most((latency) => latency.quantileMs(0.99)),
      maxMs: most((latency) => latency.maxMs),
      backlog: last(({ backlog }) => backlog),
      reconnects: sum(({ reconnects }) => reconnects),
    };
  }

  #connect(t: number, client: number, c: number): void {
    this.#clientOf[c] = client;
    const before = this.#standing[client];
    this.#standing[client] ??= "new";
    if (before !== "away") return;
    this.#reconnectsAtMs.push(t);
    this.#at(t).reconnects++;
  }

  #stand(c: number, standing: Exclude<Standing, "new">, t: number): void {
    const client = this.#clientOf[c];
    if (client === undefined) return;
    const before = this.#standing[client]!;
    // Who could not even connect is not away: it was never here.
    if (before === standing || (before === "new" && standing !== "open")) return;
    // Who left at the end of the run does not come back.
    if (before === "left") return;
    this.#standing[client] = standing;
    this.#open += standing === "open" ? 1 : before === "open" ? -1 : 0;
    this.#away += standing === "away" ? 1 : before === "away" ? -1 : 0;
    const step = this.#at(t);
    step.open = this.#open;
    step.reconnecting = this.#away;
  }

  get #backlog(): number {
    return Math.max(0, Math.round((this.#owed - this.#delivered) / Math.max(1, this.#readers)));
  }

  /** The step of a time; those that were skipped are as the last one left things. */
  #at(t: number): Step {
    const index = Math.floor(t / STEP_MS);
    while (this.#steps.length <= index) {
      this.#steps.push({
        ...{ open: this.#open, reconnecting: this.#away, backlog: this.#backlog },
        ...{ offered: 0, acknowledged: 0, delivered: 0, reconnects: 0, latency: undefined },
      });
    }
    return this.#steps[index]!;
  }
}

/** Of steps that were put together, the worst one. */
function mostOf(group: readonly Step[], of: (latency: Histogram) => number): number | null {
  const values = group.flatMap(({ latency }) => latency ? [of(latency)] : []);
  return values.length > 0 ? Math.round(Math.max(...values) * 10) / 10 : null;
}
