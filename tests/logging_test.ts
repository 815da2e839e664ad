import { assert, assertEquals, assertFalse, assertMatch, assertStringIncludes } from "@std/assert";
import { resetSync } from "@logtape/logtape";
import type { Log, LogLevel } from "../src/log.ts";
import { setUpLogging } from "../src/logging.ts";

const LEVELS: LogLevel[] = ["debug", "info", "warn", "error"];

/** What a peer may put into a header or a message to look like another line of the log. */
const FORGERY =
  "x\r\n12:00:00.000 ERR Server stopped\u2028\u2029\u0085\u009b2J\u001b]0;t\u0007\0\x7f";

/** What a terminal or a reader of lines would obey. */
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

Deno.test("text has a time, a level and a message with its placeholders filled", () => {
  const [line] = logged("text", (log) => {
    log.info("Client {address} connected ({clients} now)", { address: "127.0.0.1:9", clients: 3 });
  });
  assertMatch(line!, /^\d\d:\d\d:\d\d\.\d{3} INF Client 127\.0\.0\.1:9 connected \(3 now\)$/);
});

Deno.test("json has the time, the level, the message and the fields, one object a line", () => {
  const lines = logged("json", (log) => {
    log.warn("Client {address} left", { address: "127.0.0.1:9", category: "reset", code: 0 });
    log.info("Ready");
  });
  const [left, ready] = lines.map((line) => JSON.parse(line));
  assertMatch(left["@timestamp"], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assertMatch(left.level, /^WARN/);
  assertEquals(left.message, "Client 127.0.0.1:9 left");
  assertEquals(left.properties, { address: "127.0.0.1:9", category: "reset", code: 0 });
  assertEquals(ready.message, "Ready");
});

Deno.test("auto is text on a terminal and json elsewhere", () => {
  const [line] = logged("auto", (log) => log.info("Ready"));
  assertEquals(line!.startsWith("{"), !Deno.stdout.isTerminal());
});

for (const format of ["text", "json"] as const) {
  Deno.test(`${format} shows control characters in a message instead of obeying them`, () => {
    const lines = logged(format, (log) => {
      log.warn("Client {address} came from {origin}", { address: "127.0.0.1:9", origin: FORGERY });
    });
    assertEquals(lines.length, 1);
    assertFalse(CONTROL.test(lines[0]!), JSON.stringify(lines[0]));
  });

  Deno.test(`${format} shows control characters in a field instead of obeying them`, () => {
    const [line] = logged(format, (log) => log.warn("Refused", { origin: FORGERY, [FORGERY]: 1 }));
    assertFalse(CONTROL.test(line!), JSON.stringify(line));
    if (format === "json") assertEquals(JSON.parse(line!).properties.origin, FORGERY);
  });

  Deno.test(`${format} never shows a secret, however deep it lies or whichever case its name has`, () => {
    const secrets = {
      password: "hunter2",
      dbPassword: "hunter2",
      passphrase: "hunter2",
      token: "hunter2",
      accessToken: "hunter2",
      ACCESS_TOKEN: "hunter2",
      authorization: "hunter2",
      Authorization: "hunter2",
      cookie: "hunter2",
      "set-cookie": "hunter2",
      session: "hunter2",
      clientSecret: "hunter2",
      credentials: "hunter2",
    };
    const lines = logged(format, (log) => {
      const template = Object.keys(secrets).map((name) => `{${name}}`).join(" ");
      log.info(template, secrets);
      log.info("{request}", { request: { headers: [secrets], list: [[secrets]] } });
    });
    assertEquals(lines.length, 2);
    for (const line of lines) {
      assertFalse(line.includes("hunter2"), line);
      assertStringIncludes(line, "[redacted]");
    }
  });

  Deno.test(`${format} shows what is no secret: the address, counts, the receipt`, () => {
    const fields = {
      address: "127.0.0.1:9",
      sessions: 3,
      category: "bad_origin",
      origin: "http://x.example",
      receipt: { clients: { closed: 2 }, exitCode: 0 },
    };
    const [line] = logged(format, (log) => {
      log.info("{address} {sessions} {category} {origin} {receipt}", fields);
    });
    assertFalse(line!.includes("[redacted]"));
    const message = format === "json" ? JSON.parse(line!).message : line!;
    assertStringIncludes(
      message,
      '127.0.0.1:9 3 bad_origin http://x.example {"clients":{"closed":2},"exitCode":0}',
    );
    if (format === "json") assertEquals(JSON.parse(line!).properties, fields);
  });

  for (const [index, level] of LEVELS.entries()) {
    Deno.test(`${format} leaves out what is below ${level} when that is the least`, () => {
      const lines = logged(format, (log) => {
        for (const each of LEVELS) log[each](`at ${each}`);
      }, level);
      assertEquals(lines.length, LEVELS.length - index);
      for (const [i, line] of lines.entries()) {
        assertStringIncludes(line, `at ${LEVELS[index + i]}`);
      }
    });
  }
}

Deno.test("text does not fill placeholders that a peer sent", () => {
  const [line] = logged("text", (log) => {
    log.info("Client {address} sent {text}", { address: "127.0.0.1:9", text: "{address} {text}" });
  });
  assert(line!.endsWith("Client 127.0.0.1:9 sent {address} {text}"), line);
});

Deno.test("text tells an error by its message", () => {
  const [line] = logged("text", (log) => {
    log.error("It failed: {error}", { error: new TypeError("no disk") });
  });
  assertStringIncludes(line!, "It failed: TypeError: no disk");
});

Deno.test("setUpLogging() called again replaces what was set up before", () => {
  const first: string[] = [];
  const second: string[] = [];
  try {
    setUpLogging({ format: "text", level: "info", write: (line) => first.push(line) });
    const log = setUpLogging({ format: "text", level: "info", write: (line) => second.push(line) });
    log.info("hello");
  } finally {
    resetSync();
  }
  assertEquals([first.length, second.length], [0, 1]);
});

/** The lines that `act` logs, without the colours that a terminal would get. */
function logged(
  format: "auto" | "text" | "json",
  act: (log: Log) => void,
  level: LogLevel = "debug",
): string[] {
  const lines: string[] = [];
  try {
    act(setUpLogging({ format, level, write: (line) => lines.push(line) }));
  } finally {
    // LogTape is global: whatever runs next must not inherit it.
    resetSync();
  }
  // deno-lint-ignore no-control-regex -- colours are control characters
  return lines.map((line) => line.replace(/\x1b\[[\d;]*m/g, ""));
}
