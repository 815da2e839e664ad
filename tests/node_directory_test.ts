import { assertEquals } from "@std/assert";
import {
  BEAT_MS,
  NodeDirectory,
  type NodeState,
  parseNews,
} from "../src/message_log/nats/node_directory.ts";
import { FakeClock } from "./fake_clock.ts";

const A = "ws://a.example/ws";
const B = "wss://b.example/ws?x=1";

/** A directory, whose owner says something now and then. */
class Listening {
  readonly clock = new FakeClock();
  readonly directory = new NodeDirectory();

  constructor() {
    this.beat();
  }

  /** Our own announcement goes out and comes back. */
  beat(): boolean {
    return this.directory.hearOurselves(this.clock.now());
  }

  /** Beats for so long, and each node in `others` with us. */
  async pass(ms: number, others: Record<string, string> = {}): Promise<void> {
    for (let passed = 0; passed < ms; passed += BEAT_MS) {
      await this.clock.advance(BEAT_MS);
      this.beat();
      for (const [id, url] of Object.entries(others)) this.hear(id, url);
    }
  }

  hear(id: string, url: string, state: NodeState = "serving"): void {
    this.directory.hear(id, { url, state });
  }

  get urls(): string[] {
    return this.directory.urls;
  }
}

Deno.test("NodeDirectory knows who serves, in the moment it is heard", () => {
  const here = new Listening();
  assertEquals(here.urls, []);
  here.hear("a", A);
  here.hear("b", B);
  assertEquals(here.urls, [A, B]);
});

Deno.test("NodeDirectory leaves out who is busy or leaves, at once, until it serves again", () => {
  const here = new Listening();
  here.hear("a", A);
  for (const state of ["busy", "leaving"] as const) {
    here.hear("a", A, state);
    assertEquals(here.urls, []);
    here.hear("a", A);
    assertEquals(here.urls, [A]);
  }
  here.hear("b", B, "leaving");
  assertEquals(here.urls, [A]);
});

Deno.test("NodeDirectory forgets who is silent for 6 s, and nobody who is not", async () => {
  const here = new Listening();
  here.hear("a", A);
  await here.pass(4_000, { b: B });
  assertEquals(here.urls, [A, B]);
  await here.pass(2_000, { b: B });
  assertEquals(here.urls, [B]);
  await here.pass(60_000, { b: B });
  assertEquals(here.urls, [B]);
});

Deno.test("NodeDirectory forgets nobody while it is deaf, nor because of the time that it was", async () => {
  const here = new Listening();
  here.hear("a", A);
  here.hear("b", B);
  await here.clock.advance(600_000);
  assertEquals(here.urls, [A, B]);
  assertEquals(here.beat(), true);
  // What was kept back while the connection was lost comes all at once.
  for (let i = 0; i < 300; i++) assertEquals(here.beat(), false);
  assertEquals(here.urls, [A, B]);
  await here.pass(6_000, { b: B });
  assertEquals(here.urls, [B]);
});

Deno.test("NodeDirectory is not deaf because a beat is late", async () => {
  const here = new Listening();
  await here.clock.advance(BEAT_MS + 500);
  assertEquals(here.beat(), false);
});

Deno.test("NodeDirectory names a URL of two nodes once, while one of them serves", () => {
  const here = new Listening();
  here.hear("a", A);
  here.hear("b", A);
  assertEquals(here.urls, [A]);
  here.hear("a", A, "leaving");
  assertEquals(here.urls, [A]);
  here.hear("b", A, "leaving");
  assertEquals(here.urls, []);
});

Deno.test("NodeDirectory takes the latest URL of a node", () => {
  const here = new Listening();
  here.hear("a", A);
  here.hear("a", B);
  assertEquals(here.urls, [B]);
});

Deno.test("NodeDirectory knows 64 nodes at most, and others when those are gone", async () => {
  const here = new Listening();
  for (let i = 0; i < 100; i++) here.hear(`n${i}`, `ws://n${i}/ws`);
  assertEquals([here.urls.length, here.urls.at(-1)], [64, "ws://n63/ws"]);
  here.hear("n0", A);
  assertEquals(here.urls[0], A);
  await here.pass(6_000);
  assertEquals(here.urls, []);
  here.hear("n99", B);
  assertEquals(here.urls, [B]);
});

Deno.test("parseNews() reads what a node says", () => {
  for (const state of ["serving", "busy", "leaving"] as const) {
    assertEquals(parseNews(JSON.stringify({ url: A, state })), { url: A, state });
  }
  const asks = { url: B, state: "serving", asks: true } as const;
  assertEquals(parseNews(JSON.stringify({ ...asks, more: 1 })), asks);
});

Deno.test("parseNews() takes nothing else, for it goes on to clients", () => {
  const wrong = [
    ...["", "x", "null", "1", "[]", "{}", '"serving"', '{"url":"ws://a/ws"'],
    ...[undefined, 1, "", "a", "/ws", "http://a/ws", "javascript:alert(1)", "ws://", "ws:// a"].map(
      (url) => JSON.stringify({ url, state: "serving" }),
    ),
    ...[undefined, 1, "", "Serving", "gone"].map((state) => JSON.stringify({ url: A, state })),
    JSON.stringify({ url: `ws://a/${"x".repeat(2_048)}`, state: "serving" }),
  ];
  for (const text of wrong) assertEquals(parseNews(text), undefined, text);
});
