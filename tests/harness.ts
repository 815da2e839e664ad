import { readServerConfig, type ServerConfig } from "../src/config.ts";
import type { Log, LogLevel } from "../src/log.ts";
import { MemoryLog } from "../src/message_log/memory_log.ts";
import { type RunningServer, type ServerDependencies, startServer } from "../src/server.ts";
import type { Receipt } from "../src/shutdown/receipt.ts";

export const ORIGIN = "http://localhost:8080";

/**
 * A config for tests: loopback, a free port, and `overrides`. Lag and memory are no reason for anything
 * unless a test wants it: the machine that runs the tests may be a slow one, or a small one.
 */
export function testConfig(overrides: Partial<ServerConfig> = {}): ServerConfig {
  const request = readServerConfig(["--listen", "127.0.0.1:0", "--log", "memory:"]);
  if (!("config" in request)) throw new Error("Cannot read the default config");
  const noLimits = { softLagMs: 0, hardLagMs: 0, softMemoryBytes: 0, hardMemoryBytes: 0 };
  return { ...request.config, ...noLimits, ...overrides };
}

/** One log record as a reader sees it, and its fields. */
export interface TestRecord {
  level: LogLevel;
  text: string;
  fields: Record<string, unknown>;
}

/** A log that remembers. */
export class TestLog implements Log {
  readonly records: TestRecord[] = [];
  debug = this.#writer("debug");
  info = this.#writer("info");
  warn = this.#writer("warn");
  error = this.#writer("error");

  /** The texts in order. */
  get texts(): string[] {
    return this.records.map(({ text }) => text);
  }

  /** The records of one category. */
  of(category: string): TestRecord[] {
    return this.records.filter(({ fields }) => fields.category === category);
  }

  #writer(level: LogLevel) {
    return (message: string, fields: Record<string, unknown> = {}) => {
      const text = message.replace(/\{(\w+)\}/g, (_, name) => String(fields[name]));
      this.records.push({ level, text, fields });
    };
  }
}

/** A server under test, with what it logged and its receipts. */
export interface TestServer extends RunningServer {
  log: TestLog;
  messageLog: MemoryLog;
  receipts: Receipt[];
  /** `http://127.0.0.1:PORT`. */
  http: string;
  /** The same of the admin listener, if there is one. */
  adminHttp: string;
}

/** Starts a server; `await using` stops it. */
export async function serve(
  overrides: Partial<ServerConfig> = {},
  dependencies: ServerDependencies = {},
): Promise<TestServer> {
  const log = new TestLog();
  const receipts: Receipt[] = [];
  const messageLog = new MemoryLog();
  const server = await startServer(testConfig(overrides), {
    log,
    messageLog,
    onReceipt: (receipt) => void receipts.push(receipt),
    ...dependencies,
  });
  return {
    ...server,
    log,
    messageLog,
    receipts,
    http: `http://127.0.0.1:${server.port}`,
    adminHttp: `http://127.0.0.1:${server.adminPort}`,
  };
}

/** How a test client's connection ended. */
export interface TestClose {
  code: number;
  reason: string;
  wasClean: boolean;
}

/** A well-behaved client. */
export class TestClient implements AsyncDisposable {
  readonly contents: string[] = [];
  readonly closed: Promise<TestClose>;
  readonly socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.contents.push(JSON.parse(data).content);
    });
    this.closed = new Promise((resolve) =>
      socket.addEventListener("close", ({ code, reason, wasClean }) => {
        resolve({ code, reason, wasClean });
      })
    );
  }

  /** Connects, and resolves when the connection is open. */
  static async connect(url: string, { origin = ORIGIN } = {}): Promise<TestClient> {
    const socket = new WebSocket(url, { headers: { origin } });
    const client = new TestClient(socket);
    await within(
      new Promise<void>((resolve, reject) => {
        socket.addEventListener("open", () => resolve());
        socket.addEventListener("close", () => reject(new Error("Cannot connect: refused")));
        socket.addEventListener("error", (event) => event.preventDefault());
      }),
      "the connection to open",
    );
    return client;
  }

  /** Several at once. */
  static connectMany(url: string, count: number): Promise<TestClient[]> {
    return Promise.all(Array.from({ length: count }, () => TestClient.connect(url)));
  }

  /** Sends a message. */
  say(content: string): void {
    this.socket.send(JSON.stringify({ content }));
  }

  /** Resolves with all contents once there are `count`. */
  heard(count: number): Promise<string[]> {
    return until(
      () => this.contents.length >= count ? this.contents : undefined,
      () => `${count} messages; got ${this.contents.length}`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.socket.readyState < WebSocket.CLOSING) this.socket.close();
    await within(this.closed, "the close");
  }
}

const DEADLINE_MS = 10_000;

/** `promise`, or a failure that names what was waited for. */
export async function within<T>(promise: Promise<T>, what: string, ms = DEADLINE_MS): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Waited ${ms} ms in vain for ${what}`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Polls until `look` finds something. */
export async function until<T>(look: () => T | undefined | false, what: () => string): Promise<T> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const found = look();
    if (found) return found;
    if (performance.now() > deadline) {
      throw new Error(`Waited ${DEADLINE_MS} ms in vain for ${what()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
