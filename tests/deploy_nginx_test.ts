import { assert, assertEquals } from "@std/assert";
import { run } from "./cli_program.ts";
import { freePorts, NGINX, Nginx } from "./deploy_nginx.ts";
import { within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

/** A node that answers as it is told, and remembers who asked. */
class StandIn implements AsyncDisposable {
  readonly heard: Headers[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(port: number, answer: (request: Request) => Response) {
    this.#server = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, (request) => {
      this.heard.push(new Headers(request.headers));
      return answer(request);
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server.shutdown();
  }
}

function upgradeAndEcho(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onmessage = ({ data }) => socket.send(data);
  return response;
}

const leaving = () => new Response("leaving\n", { status: 503, headers: { "retry-after": "2" } });

async function connect(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url, { headers: { "x-forwarded-for": "6.6.6.6" } });
  await within(
    new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => reject(new Error("Cannot connect through nginx"));
    }),
    "the connection through nginx",
  );
  return socket;
}

async function closed(socket: WebSocket): Promise<void> {
  const over = new Promise((resolve) => socket.onclose = resolve);
  socket.close();
  await within(over, "the close");
}

function ask(socket: WebSocket, text: string): Promise<string> {
  const answer = new Promise<string>((resolve) => socket.onmessage = ({ data }) => resolve(data));
  socket.send(text);
  return within(answer, "the echo");
}

testThatNeeds(NGINX, "nginx leads newcomers past a node that says 503", async () => {
  const [a, b] = freePorts(2) as [number, number];
  await using one = new StandIn(a, leaving);
  await using two = new StandIn(b, upgradeAndEcho);
  await using nginx = await Nginx.start(a, b);
  for (let i = 0; i < 6; i++) await closed(await connect(nginx.url));
  assertEquals(two.heard.length, 6);
  assert(one.heard.length > 0, "the node that leaves was never asked");
});

testThatNeeds(
  NGINX,
  "nginx passes on a refusal with its Retry-After when all nodes leave",
  async () => {
    const [a, b] = freePorts(2) as [number, number];
    await using _one = new StandIn(a, leaving);
    await using _two = new StandIn(b, leaving);
    await using nginx = await Nginx.start(a, b);
    for (let i = 0; i < 3; i++) {
      const response = await fetch(`${nginx.http}/ws`);
      assertEquals([response.status, await response.text()], [503, "leaving\n"]);
      assertEquals(response.headers.get("retry-after"), "2");
      assertEquals(response.headers.get("x-served-by")?.split(", ").length, 2);
    }
  },
);

testThatNeeds(NGINX, "nginx tells a node who asks, and not what the client claims", async () => {
  const [a, b] = freePorts(2) as [number, number];
  await using _one = new StandIn(a, leaving);
  await using two = new StandIn(b, upgradeAndEcho);
  await using nginx = await Nginx.start(a, b);
  await closed(await connect(nginx.url));
  const [headers] = two.heard;
  const told = ["host", "x-real-ip", "x-forwarded-for", "x-forwarded-proto", "upgrade"]
    .map((name) => headers!.get(name));
  const { host } = new URL(nginx.url);
  assertEquals(told, [host, "127.0.0.1", "127.0.0.1", "http", "websocket"]);
});

testThatNeeds(NGINX, "nginx keeps what nodes say of themselves from the outside", async () => {
  const [a, b] = freePorts(2) as [number, number];
  await using one = new StandIn(a, () => new Response("inner\n"));
  await using two = new StandIn(b, () => new Response("inner\n"));
  await using nginx = await Nginx.start(a, b);
  for (const path of ["metrics", "status", "drain", "livez", "readyz"]) {
    const response = await fetch(`${nginx.http}/${path}`, { method: "POST" });
    await response.body?.cancel();
    assertEquals(response.status, 404, path);
  }
  assertEquals(one.heard.length + two.heard.length, 0);
  assertEquals(await (await fetch(`${nginx.http}/`)).text(), "inner\n");
});

testThatNeeds(NGINX, "a connection outlives a reload of nginx", async () => {
  const [a, b] = freePorts(2) as [number, number];
  await using _one = new StandIn(a, upgradeAndEcho);
  await using _two = new StandIn(b, upgradeAndEcho);
  await using nginx = await Nginx.start(a, b);
  const before = await connect(nginx.url);
  nginx.reload();
  const after = await connect(nginx.url);
  assertEquals([await ask(before, "1"), await ask(after, "2")], ["1", "2"]);
  await closed(before);
  await closed(after);
});

testThatNeeds(NGINX, "a rolling restart behind nginx loses nothing, doubles nothing", async () => {
  const ports = freePorts(2) as [number, number];
  await using nginx = await Nginx.start(...ports);
  const { code, stdout, stderr } = await run(
    "loadtest",
    ...["rolling", "--via", nginx.url, "--ports", ports.join(), "--json", "-"],
    ...["-c", "60", "--rate", "120", "--warmup", "300ms", "--fault-at", "500ms", "-d", "2s"],
  );
  const report = JSON.parse(stdout || "{}");
  assertEquals([code, report.failures, report.missing], [0, [], []], stderr);
  const { acknowledged, lost, undelivered, duplicate, disorder } = report.messages;
  assert(acknowledged > 100, `acknowledged ${acknowledged}`);
  assertEquals([lost, undelivered, duplicate, disorder], [0, 0, 0, 0]);
  for (const fault of report.faults) {
    assert(fault.connected > 0 && fault.resumed === fault.connected, JSON.stringify(fault));
    assertEquals(fault.byCode, { "1012": fault.connected });
    assertEquals(fault.contradictions, []);
  }
  assertEquals([report.faults.length, report.plan.via], [2, nginx.url]);
});

testThatNeeds(NGINX, "behind nginx a killed server costs connections, and no message", async () => {
  const ports = freePorts(2) as [number, number];
  await using nginx = await Nginx.start(...ports);
  const { code, stdout, stderr } = await run(
    "loadtest",
    ...["kill9", "--via", nginx.url, "--ports", ports.join(), "--json", "-"],
    ...["-c", "40", "--rate", "80", "--warmup", "300ms", "--fault-at", "300ms", "-d", "1s"],
  );
  const report = JSON.parse(stdout || "{}");
  assertEquals([code, report.failures, report.missing], [0, [], []], stderr);
});
