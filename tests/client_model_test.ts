import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Effect } from "../src/client/effects.ts";
import { encode, SUBPROTOCOL } from "../src/client/frames.ts";
import { Machine } from "../src/client/machine.ts";
import { ModelConnection, World } from "./client_model.ts";

/** A client in the model's world, which checks what it is told while it is told. */
class ModelClient {
  readonly machine: Machine;
  /** What became of each content. */
  readonly outcomes = new Map<string, string>();
  /** The seqs told, and where messages were missed. */
  readonly seqs: number[] = [];
  readonly gaps: { from: number; to: number }[] = [];
  begunAfter: number | undefined;
  readonly #world: World;
  #connection: ModelConnection | undefined;
  #wakesAt = Infinity;

  constructor(world: World) {
    this.#world = world;
    this.machine = new Machine({
      url: new URL("ws://a/ws"),
      history: 0,
      outboxLimit: 1_000,
      connectMs: 10_000,
      welcomeMs: 10_000,
      answerMs: 15_000,
      random: world.random,
    });
    this.tick();
  }

  publish(content: string): void {
    this.outcomes.set(content, "pending");
    this.machine.conversation.sender.add(content);
    this.tick();
  }

  get isCalm(): boolean {
    return this.machine.conversation.sender.pending === 0 &&
      this.machine.conversation.inbox.cursor?.seq === this.#world.log.items.length;
  }

  tick(): void {
    this.#act(this.machine.tick(this.#world.now));
  }

  #act(effects: Effect[]): void {
    for (const effect of effects) this.#do(effect);
    const { wakeAt } = this.machine;
    if (wakeAt >= this.#wakesAt) return;
    this.#wakesAt = wakeAt;
    this.#world.after(Math.max(0, wakeAt - this.#world.now), () => {
      this.#wakesAt = Infinity;
      this.tick();
    });
  }

  #do(effect: Effect): void {
    if (effect.do === "connect") this.#connect();
    else if (effect.do === "send") this.#connection?.send(effect.frame);
    else if (effect.do === "hangUp") this.#drop();
    else if (effect.do === "message") this.seqs.push(effect.message.seq);
    else if (effect.do === "resumed") this.#noteResumed(effect);
    else if (effect.do === "accepted") this.#noteAccepted(effect.entry.content, effect.entry.id);
    else if (effect.do === "failed") this.#settle(effect.entry.content, effect.code);
  }

  #noteResumed({ cursor, gap }: Extract<Effect, { do: "resumed" }>): void {
    this.begunAfter ??= cursor.seq;
    if (gap) this.gaps.push({ from: gap.from.seq, to: gap.to.seq });
  }

  #noteAccepted(content: string, id: number): void {
    const logged = this.#world.log.items.filter((item) => item.content === content);
    assertEquals(logged.map((item) => item.id), [id], `${content} was told to be in the log`);
    this.#settle(content, "accepted");
  }

  #settle(content: string, outcome: string): void {
    assertEquals(this.outcomes.get(content), "pending", `${content} was settled twice`);
    this.outcomes.set(content, outcome);
  }

  #drop(): void {
    this.#connection?.hangUp();
    this.#connection = undefined;
  }

  #connect(): void {
    const world = this.#world;
    this.#connection = undefined;
    // A server that does not answer at all.
    if (world.misfortune(0.1)) return;
    const isRefused = world.misfortune(0.2);
    const connection: ModelConnection = new ModelConnection(world, {
      hear: (frame) => {
        if (this.#connection === connection) {
          this.#act(this.machine.heard(encode(frame), world.now));
        }
      },
      end: (code) => {
        if (this.#connection !== connection) return;
        this.#connection = undefined;
        this.#act(this.machine.ended({ code, reason: "" }, world.now));
      },
    });
    this.#connection = connection;
    world.after(world.upTo(50), () => {
      if (this.#connection !== connection) return;
      if (!isRefused) return this.#act(this.machine.opened(SUBPROTOCOL, world.now));
      this.#drop();
      this.#act(this.machine.ended({ code: 1006, reason: "" }, world.now));
    });
  }
}

/** mulberry32 */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const STORM_MS = 30_000;

/** Plays some clients through a storm, and then until it is calm. */
function play(
  { seed, publishes, retained }: { seed: number; publishes: number; retained: number },
) {
  const world = new World({ random: seeded(seed), stormMs: STORM_MS, retained });
  const clients = [new ModelClient(world), new ModelClient(world), new ModelClient(world)];
  for (let i = 0; i < publishes; i++) {
    const client = clients[world.upTo(3)]!;
    const content = world.random() < 0.05 ? `bad ${i}` : `good ${i}`;
    // In bursts: several are under way when something breaks.
    world.after(Math.floor(world.upTo(STORM_MS) / 500) * 500, () => client.publish(content));
  }
  const isOver = () => world.now > STORM_MS && clients.every(({ isCalm }) => isCalm);
  world.run(isOver, STORM_MS + 600_000);
  assert(isOver(), "it never became calm");
  return { world, clients };
}

const games = fc.record({
  seed: fc.integer(),
  publishes: fc.integer({ min: 0, max: 150 }),
});

Deno.test("Through any storm: every publish once in the log or rejected, every message told once", () => {
  fc.assert(
    fc.property(games, (game) => {
      const { world: { log }, clients } = play({ ...game, retained: Infinity });
      assertEquals(new Set(log.items.map(({ content }) => content)).size, log.items.length);
      for (const { outcomes, seqs, gaps, begunAfter = 0 } of clients) {
        for (const [content, outcome] of outcomes) {
          assertEquals(outcome, content.startsWith("bad") ? "invalid" : "accepted");
        }
        const count = log.items.length - begunAfter;
        assertEquals(seqs, Array.from({ length: count }, (_, i) => begunAfter + 1 + i));
        assertEquals(gaps, []);
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("With a log that forgets: what was missed was told to be, and nothing was said twice", () => {
  let gapCount = 0;
  fc.assert(
    fc.property(games, (game) => {
      const { world: { log }, clients } = play({ ...game, retained: 8 });
      assertEquals(new Set(log.items.map(({ content }) => content)).size, log.items.length);
      for (const { outcomes, seqs, gaps, begunAfter = 0 } of clients) {
        gapCount += gaps.length;
        for (const [content, outcome] of outcomes) {
          const allowed = content.startsWith("bad") ? ["invalid"] : ["accepted", "expired"];
          assert(allowed.includes(outcome), `${content} ended ${outcome}`);
        }
        const expected = log.items.map(({ seq }) => seq).filter((seq) =>
          seq > begunAfter && !gaps.some(({ from, to }) => seq > from && seq <= to)
        );
        assertEquals(seqs, expected);
      }
    }),
    { numRuns: 200 },
  );
  assert(gapCount > 0, "no log forgot anything that was missed");
});
