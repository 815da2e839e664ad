/**
 * The chat of one room in one tab: from what its user does and what its line tells to what is shown and
 * what is kept.
 */

import { type Cursor, PublishError, type PublishErrorCode } from "../client/mod.ts";
import { isOnlyOld, type Kept, later, lookBack } from "./kept.ts";
import type { Line, LineListener } from "./line.ts";
import type { Opening, Surroundings } from "./surroundings.ts";
import { isRestart } from "./words.ts";
import { reduce } from "./reduce.ts";
import { type Connection, emptyView, type Unsaid, type View, type ViewEvent } from "./view.ts";

/** One chat. */
export class App {
  readonly #around: Surroundings;
  #kept: Kept;
  #view: View;
  #line: Line | undefined;
  #turn = 0;

  /** Goes on with what was kept, once it is asked to connect. */
  constructor(around: Surroundings, { kept, name }: { kept: Kept; name: string | undefined }) {
    this.#around = around;
    this.#kept = kept;
    const waiting = kept.outbox?.publishes ?? [];
    this.#view = { ...emptyView(around.now()), name, waiting, unsaid: kept.unsaid ?? [] };
    around.show(this.#view);
  }

  /** What is shown. */
  get view(): View {
    return this.#view;
  }

  /** The largest message, in bytes, where it is known. */
  get maxBytes(): number | undefined {
    return this.#line?.maxBytes;
  }

  /** Connects, or connects anew; what waits is said then. */
  connect(): void {
    // From now on the line that there was is heard no more.
    const turn = ++this.#turn;
    this.#line?.close();
    this.#line = undefined;
    const { session, outbox } = this.#kept;
    const cursor = this.#startingPoint();
    const { name } = this.#view;
    const opening: Opening = {
      ...session === undefined ? {} : { session },
      ...cursor ? { cursor } : {},
      ...outbox ? { outbox } : {},
      ...name === undefined ? {} : { name },
    };
    this.#line = this.#around.open(opening, this.#listener(() => turn === this.#turn));
    this.#refresh();
  }

  /** The network is there again: does not wait for the next attempt, unless the server set its time. */
  retry(): void {
    const { connection } = this.#view;
    if (connection.name === "waiting" && !isRestart(connection.ending)) this.connect();
  }

  /** Closes for now. */
  disconnect(): void {
    this.#line?.close();
  }

  /** Says something; tells why it was not taken, if it was not. */
  say(content: string): PublishErrorCode | undefined {
    if (!this.#line) return "closed";
    try {
      this.#line.publish(content);
    } catch (error) {
      if (error instanceof PublishError) return error.code;
      throw error;
    }
    this.#refresh();
    return undefined;
  }

  /** Shows its user by another name from now on. */
  rename(name: string): void {
    this.#dispatch({ type: "named", name });
    if (this.#line) this.connect();
  }

  /** Takes something back that could not be said. */
  takeBack(key: string): string {
    const content = this.#view.unsaid.find((unsaid) => unsaid.key === key)?.content ?? "";
    this.#dispatch({ type: "dealtWith", key });
    this.#keep();
    return content;
  }

  /** Keeps what is being typed. */
  noteDraft(draft: string): void {
    this.#kept = { ...this.#kept, draft };
    this.#keep();
  }

  /** Time has passed. */
  tick(): void {
    if (this.#view.connection.name !== "waiting") return;
    this.#dispatch({ type: "tick", now: this.#around.now() });
  }

  /** A page that shows nothing yet shows some of what was read before. */
  #startingPoint(): Cursor | undefined {
    const { cursor } = this.#kept;
    return cursor && this.#view.entries.length === 0 ? lookBack(cursor) : cursor;
  }

  #listener(isHeard: () => boolean): LineListener {
    const readUpTo = this.#kept.cursor?.seq ?? 0;
    const heard = (event: ViewEvent) => {
      if (!isHeard()) return;
      this.#dispatch(event);
      this.#refresh();
    };
    return {
      state: (state) => {
        heard({ type: "state", state, now: this.#around.now() });
        if (isHeard()) this.#lookInto(state);
      },
      message: (message) => heard({ type: "message", message }),
      people: (people) => heard({ type: "people", people }),
      gap: (gap) => {
        if (!isOnlyOld(gap, readUpTo)) heard({ type: "gap", gap });
      },
      failed: (error) => {
        // Not said here is not unsaid: it stays in what was kept, for the next line.
        if (error.code !== "closed") heard({ type: "unsaid", unsaid: this.#unsaid(error) });
      },
    };
  }

  #unsaid({ code, content, id }: PublishError): Unsaid {
    return { key: `unsaid-${id}-${this.#around.now()}`, content, code };
  }

  /** A browser does not say why a WebSocket could not be opened; the server may, if asked otherwise. */
  #lookInto(state: Connection): void {
    if (state.name !== "waiting" || state.ending.cause !== "unreachable") return;
    void this.#around.diagnose().then((diagnosis) => {
      if (this.#view.connection.name !== "waiting") return;
      this.#dispatch({ type: "diagnosed", diagnosis });
    });
  }

  /** A line that is closed knows nothing any more of what waits; what was kept does. */
  #refresh(): void {
    const isOpen = this.#view.connection.name !== "closed";
    if (this.#line && isOpen) {
      const { place } = this.#line;
      const cursor = later(this.#kept.cursor, place?.cursor);
      this.#kept = { ...this.#kept, ...place, ...cursor ? { cursor } : {} };
      this.#dispatch({ type: "waiting", waiting: place?.outbox.publishes ?? [] });
    }
    this.#keep();
  }

  #keep(): void {
    this.#around.keep({ ...this.#kept, unsaid: this.#view.unsaid });
  }

  #dispatch(event: ViewEvent): void {
    this.#view = reduce(this.#view, event);
    this.#around.show(this.#view);
  }
}
