import { assert, assertEquals, assertLess, assertMatch, assertStringIncludes } from "@std/assert";
import { RawSocket } from "../cli/raw_socket.ts";
import { ChildServer } from "./child_server.ts";
import { ORIGIN, TestClient, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { V1TestClient } from "./v1_client.ts";

const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };
const FILES = { permissions: [...PROCESSES.permissions, "write" as const] };

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  testThatNeeds(
    PROCESSES,
    `${signal} with 5 idle clients closes them with 1012 and exits 0`,
    async () => {
      await using server = new ChildServer();
      const clients = await TestClient.connectMany(await server.url, 5);
      server.signal(signal);
      assertEquals(await server.exited(), 0);
      for (const client of clients) {
        assertEquals((await within(client.closed, "the close")).code, 1012);
      }
      assertEquals([server.receipt.reason, server.receipt.clients.closed], [signal, 5]);
      // The promise to an operator at a terminal; the schedule itself takes 50 ms.
      assertLess(server.receipt.durationMs, 1_000);
    },
  );
}

testThatNeeds(
  PROCESSES,
  "a client that never answers is left behind, and the exit code says so",
  async () => {
    await using server = new ChildServer(["--answer-time", "200ms"]);
    await using mute = await RawSocket.connect(await server.url, { headers: { origin: ORIGIN } });
    await using normal = await TestClient.connect(await server.url);
    server.signal("SIGTERM");
    assertEquals(await server.exited(), 3);
    assertEquals((await within(normal.closed, "the close")).code, 1012);
    assertEquals((await mute.untilClose())?.code, 1012);
    assertEquals([server.receipt.clients.closed, server.receipt.clients.unanswered], [1, 1]);
  },
);

testThatNeeds(FILES, "a second SIGTERM ends early and still writes the receipt", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/deep/receipt.json`;
    await using server = new ChildServer(["--drain-rate", "1", "--receipt", file], {
      allow: [`--allow-read=${folder}`, `--allow-write=${folder}`],
    });
    const clients = await TestClient.connectMany(await server.url, 15);
    await signalAndSee(server, "Step 3 of 5");
    await signalAndSee(server, "Skipping the pacing");
    assertEquals(await server.exited(), 0);
    const receipt = JSON.parse(await Deno.readTextFile(file));
    assertEquals(receipt, server.receipt);
    assertEquals([receipt.hurried, receipt.clients.closed, receipt.serverStopped], [
      true,
      15,
      true,
    ]);
    assertLess(receipt.durationMs, 14_000);
    for (const client of clients) await within(client.closed, "the close");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

testThatNeeds(PROCESSES, "a third SIGTERM ends at once, with exit code 1", async () => {
  await using server = new ChildServer(["--answer-time", "20s", "--drain-rate", "1"]);
  await using _mute = await RawSocket.connect(await server.url, { headers: { origin: ORIGIN } });
  await signalAndSee(server, "Step 3 of 5");
  await signalAndSee(server, "Skipping the pacing");
  await signalAndSee(server, "a third time");
  assertEquals(await server.exited(), 1);
  assertEquals(server.receipt, undefined);
});

/** Sends SIGTERM until it is heard: one that comes too soon after another counts as the same. */
async function signalAndSee(server: ChildServer, text: string): Promise<void> {
  await server.url;
  const isSeen = () => server.records.some(({ message }) => message.includes(text));
  server.signal("SIGTERM");
  let sentAt = performance.now();
  await until(() => {
    if (!isSeen() && performance.now() - sentAt > 350) {
      server.signal("SIGTERM");
      sentAt = performance.now();
    }
    return isSeen();
  }, () => `"${text}" in the log`);
}

async function runMain(
  args: string[],
  env: Record<string, string> = {},
  folder = "data",
): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--no-prompt", "--allow-net", "--allow-env", `--allow-read=${folder}`],
      ...[`--allow-write=${folder}`, "main.ts", "--log", "memory:", ...args],
    ],
    env,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

testThatNeeds(
  PROCESSES,
  "a bad variable or flag stops the start with 2 and one sentence",
  async () => {
    const variable = await runMain([], { RATE_LIMIT_BURST: "lots" });
    assertEquals([variable.code, variable.stdout], [2, ""]);
    assertEquals(
      variable.stderr,
      'Cannot start: RATE_LIMIT_BURST must be a whole number from 1 to 1000000; got "lots"\n',
    );
    const flag = await runMain(["--drain-strategy", "random"]);
    assertEquals(flag.code, 2);
    assertMatch(
      flag.stderr,
      /^Cannot start: --drain-strategy must be one of paced.*got "random"\n$/,
    );
  },
);

testThatNeeds(
  PROCESSES,
  "a port in use and a file that cannot be written stop the start with 1",
  async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const listen = `127.0.0.1:${taken.addr.port}`;
    const port = await runMain(["--listen", listen]);
    assertEquals([port.code, port.stderr], [1, `Cannot listen on ${listen}: the port is in use\n`]);
    const file = await runMain(["--receipt", "/proc/nowhere/receipt.json"]);
    assertEquals(file.code, 1);
    assertMatch(
      file.stderr,
      /^Cannot keep the receipt in \/proc\/nowhere\/receipt\.json: [^\n]+\n$/,
    );
  },
);

testThatNeeds(
  PROCESSES,
  "--help lists every option, --version the version, both with exit code 0",
  async () => {
    const help = await runMain(["--help"]);
    assertEquals(help.code, 0);
    for (const part of ["SERVER_PORT", "--drain-strategy", "default 25s", "Exit codes: 0"]) {
      assertStringIncludes(help.stdout, part);
    }
    assertMatch((await runMain(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
  },
);

testThatNeeds(
  PROCESSES,
  "a start that cannot keep its promise warns with the arithmetic",
  async () => {
    await using server = new ChildServer(["--max-clients", "50000"]);
    await server.url;
    const warning = await until(
      () => server.records.find(({ message }) => message.startsWith("The drain cannot keep")),
      () => "the warning",
    );
    assertStringIncludes(
      warning.message,
      "25s budget - 0ms unready - 2s answer - 2.5s reserve = 20.5s",
    );
  },
);

testThatNeeds(
  PROCESSES,
  "errors that nobody caught are logged and do not end the process",
  async () => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "tests/fixtures/uncaught_errors.ts"],
    }).output();
    assertEquals(code, 0);
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    assertEquals(lines, ["Error: thrown in a timer", "TypeError: rejected", "still alive"]);
  },
);

testThatNeeds(
  PROCESSES,
  "--log-format text reads step by step, with counts and durations",
  async () => {
    await using child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-prompt", "--allow-net", "--allow-env", "main.ts"],
        ...["--listen", "127.0.0.1:0", "--log-format", "text", "--log", "memory:"],
      ],
      stdout: "piped",
    }).spawn();
    let text = "";
    const reading = (async () => {
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) text += part;
    })();
    const url = await until(() => /ws:\/\/\S+/.exec(text)?.[0], () => "the server to listen");
    const clients = await TestClient.connectMany(url, 5);
    child.kill("SIGINT");
    await within(child.status, "the exit");
    await reading;
    for (const client of clients) await client.closed;
    const steps = text.split("\n").map((line) => line.replace(/^\S+ \S+ /, ""));
    const story = [
      /^Received shutdown signal: SIGINT \(5 clients, budget 25s\)$/,
      /^Step 2 of 5, notice: stopped accepting new connections$/,
      /^Step 3 of 5, drain: closing 5 client connections over 50ms \(paced\)$/,
      /^Closed 5 client connections in \d+ms \(0 left by themselves, 0 gave no answer\)$/,
      /^HTTP server shutdown completed in \d+ms$/,
      /^Server stopped gracefully in \d+ms, exit code 0$/,
    ].map((pattern) => steps.findIndex((line) => pattern.test(line)));
    assert(!story.includes(-1), text);
    assertEquals(story, story.toSorted((a, b) => a - b));
  },
);

testThatNeeds(
  FILES,
  "a message log that cannot be used stops the start with 4 and a sentence",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/log.db`;
      await Deno.writeTextFile(path, "certainly not a database ".repeat(200));
      const { code, stderr } = await runMain(["--log", `sqlite:${path}`], {}, folder);
      assertEquals(code, 4);
      assertEquals(
        stderr,
        `Cannot open the message log ${path}: it is not an intact SQLite database\n`,
      );
      const denied = await runMain(["--log", "sqlite:/proc/nowhere/log.db"], {}, folder);
      assertEquals(denied.code, 4);
      assertMatch(
        denied.stderr,
        /^Cannot open the message log \/proc\/nowhere\/log\.db: [^\n]+\n$/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testThatNeeds(
  FILES,
  "messages and sessions survive a kill -9, in a folder that is made",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const flags = ["--log", `sqlite:${folder}/new/log.db`];
      const allow = [`--allow-read=${folder}`, `--allow-write=${folder}`];
      let session = "";
      {
        await using server = new ChildServer(flags, { allow });
        await using ann = await V1TestClient.welcomed(await server.url);
        session = ann.welcome.session;
        ann.publish(1, "kept");
        await ann.heard(1);
        server.signal("SIGKILL");
        await server.exited();
      }
      await using server = new ChildServer(flags, { allow });
      await using ann = await V1TestClient.welcomed(await server.url, { session, history: 9 });
      assertEquals([ann.welcome.lastId, await ann.heard(1)], [1, ["kept"]]);
      ann.publish(1, "kept");
      ann.publish(2, "new");
      assertEquals(await ann.heard(2), ["kept", "new"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testThatNeeds(
  PROCESSES,
  "POST /drain ends the process as a signal does, and the admin listener answers until then",
  async () => {
    await using server = new ChildServer(["--admin", "127.0.0.1:0", "--drain-rate", "10"]);
    const clients = await TestClient.connectMany(await server.url, 10);
    const admin = new URL("/", await server.statusUrl()).href;
    const answer = await fetch(`${admin}drain`, { method: "POST" });
    assertEquals([answer.status, (await answer.json()).receipt.reason], [202, "POST /drain"]);
    for (const client of clients) assertEquals((await client.closed).code, 1012);
    assertEquals(await server.exited(), 0);
    assertEquals(server.receipt.reason, "POST /drain");
  },
);

testThatNeeds(
  PROCESSES,
  "a page that watches is told the receipt before the process exits",
  async () => {
    await using server = new ChildServer(["--admin", "127.0.0.1:0", "--drain-rate", "5"]);
    await TestClient.connectMany(await server.url, 10);
    const url = `${await server.statusUrl()}.json?watch=page`;
    const ask = async () => await (await fetch(url)).json();
    await ask();
    server.signal("SIGTERM");
    let report = await ask();
    while (report.state !== "done") {
      await new Promise((resolve) => setTimeout(resolve, 500));
      report = await ask();
    }
    assertEquals(report.shutdown.receipt.exitCode, 0);
    assertEquals(await server.exited(), 0);
  },
);

testThatNeeds(PROCESSES, "--help shows the profiles", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--allow-env", "main.ts", "--help"],
  }).output();
  const help = new TextDecoder().decode(stdout);
  assertStringIncludes(help, "kubernetes: in a pod");
  assertStringIncludes(help, "--unready-delay 5s");
});
