/** The sessions that are live in this process, so that one is live on one connection only. */
export class Sessions<T> {
  readonly #live = new Map<string, T>();

  /** Makes `holder` the one for a publisher; returns who it was until now. */
  take(publisher: string, holder: T): T | undefined {
    const previous = this.#live.get(publisher);
    this.#live.set(publisher, holder);
    return previous;
  }

  /** Forgets a publisher, if `holder` still has it. */
  release(publisher: string, holder: T): void {
    if (this.#live.get(publisher) === holder) this.#live.delete(publisher);
  }
}
