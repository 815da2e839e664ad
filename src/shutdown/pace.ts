/**
 * How fast the schedule is played, and when to slow down.
 *
 * Exits that go unanswered are a sign that something (this server, the network, the peers) cannot
 * keep up. When more than one in twenty of the last fifty went unanswered the pace halves, but never
 * so far that the last slot would miss the deadline.
 */
export class Pace {
  static readonly #SAMPLE = 50;
  static readonly #TOLERATED = 0.05;

  readonly #endMs: number;
  readonly #latestMs: number;
  #factor = 1;
  #fromSlotMs = 0;
  #fromMs = 0;
  #recent: boolean[] = [];
  /** How often the pace was halved. */
  slowed = 0;

  /** `endMs`: where the schedule ends; `latestMs`: where it may end at most; ms after its start. */
  constructor({ endMs, latestMs }: { endMs: number; latestMs: number }) {
    this.#endMs = endMs;
    this.#latestMs = Math.max(endMs, latestMs);
  }

  /** When the slot planned at `offsetMs` is due. Both in ms after the start of the drain. */
  dueMs(offsetMs: number): number {
    return this.#fromMs + (offsetMs - this.#fromSlotMs) * this.#factor;
  }

  /** Takes note of one exit, `nowMs` after the start of the drain. */
  note(answered: boolean, nowMs: number): void {
    this.#recent.push(answered);
    if (this.#recent.length > Pace.#SAMPLE) this.#recent.shift();
    if (this.#recent.length < Pace.#SAMPLE) return;
    const unanswered = this.#recent.filter((one) => !one).length;
    if (unanswered <= Pace.#SAMPLE * Pace.#TOLERATED) return;
    this.#recent = [];
    this.#halve(nowMs);
  }

  #halve(nowMs: number): void {
    const slotMs = this.#fromSlotMs + (nowMs - this.#fromMs) / this.#factor;
    const leftMs = this.#endMs - slotMs;
    if (leftMs <= 0) return;
    const factor = Math.min(this.#factor * 2, (this.#latestMs - nowMs) / leftMs);
    if (factor <= this.#factor) return;
    this.#fromSlotMs = slotMs;
    this.#fromMs = nowMs;
    this.#factor = factor;
    this.slowed += 1;
  }
}
