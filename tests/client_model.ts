/**
 * A small world in which clients and servers can be played in no time: one log, two servers, wires that
 * delay and break, and a storm that ends. The servers are written from `docs/protocol.md`, not from the
 * real ones.
 */

import type { ClientFrame, HelloFrame, MessageItem, ServerFrame } from "../src/client/frames.ts";

/** Events in the order of their time. */
export class World {
  now = 0;
  readonly random: () => number;
  /** Until when servers fail, wires break and clients are sent away. */
  readonly stormUntil: number;
  readonly log: Log;
  readonly #events: { at: number; run: () => void }[] = [];

  constructor({ random, stormMs, retained }: {
    random: () => number;
    stormMs: number;
    retained: number;
  }) {
    this.random = random;
    this.stormUntil = stormMs;
    this.log = new Log(retained);
  }

  /** Whether something with this probability happens; never after the storm. */
  misfortune(probability: number): boolean {
    return this.now < this.stormUntil && this.random() < probability;
  }

  upTo(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  after(ms: number, run: () => void): void {
    const at = this.now + ms;
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > at) place -= 1;
    this.#events.splice(place, 0, { at, run });
  }

  /** Runs until `isOver`, or nothing is left to happen, or the time is up. */
  run(isOver: () => boolean, limitMs: number): void {
    for (let next = this.#events.shift(); next; next = this.#events.shift()) {
      this.now = next.at;
      next.run();
      if (isOver() || this.now > limitMs) return;
    }
  }
}

/** The truth. */
export class Log {
  readonly items: MessageItem[] = [];
  /** The first that is kept. */
  first = 1;
  readonly #retained: number;
  readonly #watchers = new Set<() => void>();

  constructor(retained: number) {
    this.#retained = retained;
  }

  append(from: string, id: number, content: string): "appended" | "duplicate" | "expired" {
    const isTrimmed = ({ seq }: MessageItem) => seq < this.first;
    const mine = this.items.filter((item) => item.from === from);
    if (mine.some((item) => item.id === id && !isTrimmed(item))) return "duplicate";
    if (mine.some((item) => isTrimmed(item) && item.id! >= id)) return "expired";
    this.items.push({ seq: this.items.length + 1, from, id, content, at: 0 });
    this.first = Math.max(this.first, this.items.length - this.#retained + 1);
    for (const tell of this.#watchers) tell();
    return "appended";
  }

  lastId(from: string): number {
    return Math.max(0, ...this.items.flatMap((item) => item.from === from ? item.id! : []));
  }

  watch(tell: () => void): () => void {
    this.#watchers.add(tell);
    return () => this.#watchers.delete(tell);
  }
}

/** The client's end of a connection. */
export interface ClientEnd {
  hear(frame: ServerFrame): void;
  end(code: number): void;
}

/** Delays frames and keeps their order; once broken, what is under way is lost, at each end by itself. */
class Lane {
  #lastAt = 0;
  #brokenAt = Infinity;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  carry(deliver: () => void): void {
    const { now } = this.#world;
    this.#lastAt = Math.max(this.#lastAt, now + this.#world.upTo(40));
    const at = this.#lastAt;
    this.#world.after(at - now, () => at < this.#brokenAt && deliver());
  }

  break(afterMs: number): void {
    this.#brokenAt = Math.min(this.#brokenAt, this.#world.now + afterMs);
  }
}

/** One connection: its wires, and the server at its end. */
export class ModelConnection {
  readonly #world: World;
  readonly #client: ClientEnd;
  readonly #up: Lane;
  readonly #down: Lane;
  readonly #unwatch: () => void;
  #from = "";
  #position = 0;
  #talk: "greeting" | "live" | "leaving" | "drained" | "gone" = "greeting";
  #unanswered = 0;
  #tokens = BURST;
  #refilledAt: number;

  constructor(world: World, client: ClientEnd) {
    this.#world = world;
    this.#client = client;
    this.#up = new Lane(world);
    this.#down = new Lane(world);
    this.#refilledAt = world.now;
    this.#unwatch = world.log.watch(() => world.after(world.upTo(60), () => this.#deliver()));
    this.#expectTrouble();
  }

  /** From the client. */
  send(frame: ClientFrame): void {
    this.#up.carry(() => this.#hear(frame));
  }

  /** The client is gone; what it sent may still arrive. */
  hangUp(): void {
    this.#down.break(0);
    this.#up.carry(() => this.#leave());
  }

  #expectTrouble(): void {
    const world = this.#world;
    world.after(world.upTo(4_000), () => {
      if (world.now >= world.stormUntil || this.#talk === "gone") return;
      const trouble = world.upTo(3);
      if (trouble === 0) this.#cut();
      else if (trouble === 1 && this.#talk === "live") this.#drain();
      else this.#expectTrouble();
    });
  }

  #cut(): void {
    const world = this.#world;
    const upMs = world.upTo(100);
    const downMs = world.upTo(100);
    this.#up.break(upMs);
    this.#down.break(downMs);
    world.after(upMs + world.upTo(3_000), () => this.#leave());
    world.after(downMs, () => this.#client.end(1006));
  }

  #drain(): void {
    const alternates = this.#world.misfortune(0.5)
      ? { alternates: ["ws://b/ws", "ws://c/ws"] }
      : {};
    const reconnectAfterMs = this.#world.upTo(500);
    this.#talk = "leaving";
    this.#tell({ type: "drain", closeInMs: 2_000, reconnectAfterMs, ...alternates });
    this.#world.after(2_000, () => this.#close(1012));
  }

  #close(code: number): void {
    if (this.#talk === "gone") return;
    this.#down.carry(() => this.#client.end(code));
    this.#leave();
  }

  #leave(): void {
    this.#talk = "gone";
    this.#unwatch();
  }

  #tell(frame: ServerFrame): void {
    if (this.#talk !== "gone") this.#down.carry(() => this.#client.hear(frame));
  }

  #hear(frame: ClientFrame): void {
    if (this.#talk === "gone") return;
    if (frame.type === "hello") this.#welcome(frame);
    else if (frame.type === "publish") this.#publish(frame.id, String(frame.content));
    else {
      this.#talk = "drained";
      this.#finish();
    }
  }

  #welcome({ session = `s${this.#world.random()}`, after }: HelloFrame): void {
    const { log } = this.#world;
    const isKept = after !== undefined && after.seq >= log.first - 1;
    const seq = isKept ? after.seq : after ? log.first - 1 : log.items.length;
    const recovery = isKept
      ? { recovered: true as const }
      : { recovered: false as const, reason: after ? "trimmed" as const : "new" as const };
    this.#from = `name of ${session}`;
    this.#position = seq;
    this.#talk = "live";
    const lastId = log.lastId(this.#from);
    const limits = { maxMessageSize: 100, rateLimitBurst: BURST, rateLimitRefillMs: REFILL_MS };
    const place = { epoch: "e", seq, lastId, limits, ...recovery };
    this.#tell({ type: "welcome", session, from: this.#from, ...place });
    this.#deliver();
  }

  #publish(id: number, content: string): void {
    const world = this.#world;
    if (this.#talk === "drained") return this.#reject(id, "draining");
    if (content.startsWith("bad")) return this.#reject(id, "invalid");
    if (!this.#takeToken()) return this.#reject(id, "rate_limited", 100);
    if (world.misfortune(0.1)) return this.#reject(id, "unavailable", world.upTo(300));
    this.#unanswered += 1;
    // Whoever said it may be gone when it is appended, and welcomed elsewhere.
    world.after(world.upTo(80), () => {
      if (world.misfortune(0.1)) this.#reject(id, "unavailable", world.upTo(300));
      else if (world.log.append(this.#from, id, content) === "expired") this.#reject(id, "expired");
      this.#unanswered -= 1;
      this.#finish();
    });
  }

  #takeToken(): boolean {
    const passedMs = this.#world.now - this.#refilledAt;
    this.#tokens = Math.min(BURST, this.#tokens + passedMs * BURST / REFILL_MS);
    this.#refilledAt = this.#world.now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #reject(
    id: number,
    code: "draining" | "invalid" | "rate_limited" | "unavailable" | "expired",
    retryAfterMs?: number,
  ): void {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
    this.#tell({ type: "rejected", id, code, ...retry });
  }

  #deliver(): void {
    if (this.#talk === "gone" || this.#talk === "greeting") return;
    const { log } = this.#world;
    if (this.#position < log.first - 1) return this.#close(4002);
    // Now and then something comes twice.
    if (this.#world.misfortune(0.1)) this.#position = Math.max(log.first - 1, this.#position - 3);
    while (this.#position < log.items.length) {
      const items = log.items.slice(this.#position, this.#position + 1 + this.#world.upTo(4));
      this.#position += items.length;
      this.#tell({ type: "messages", items });
    }
  }

  #finish(): void {
    if (this.#talk !== "drained" || this.#unanswered > 0) return;
    this.#deliver();
    this.#tell({ type: "done", lastId: 0 });
    this.#close(1012);
  }
}

const BURST = 20;
const REFILL_MS = 1_000;
