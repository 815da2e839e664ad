/** Counts by name, for the receipt and for whoever looks. */
export class Stats {
  readonly #counts = new Map<string, number>();

  /** Adds `n` to a count. */
  add(name: string, n = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + n);
  }

  /** One count; 0 when nothing was added to it. */
  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** All counts, sorted by name. */
  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#counts].toSorted(([a], [b]) => a < b ? -1 : 1));
  }
}
