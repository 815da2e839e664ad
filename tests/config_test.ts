import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { readServerConfig, SERVER_OPTIONS, type ServerConfig } from "../src/config.ts";
import { PROFILE_NAMES, PROFILES, profilesText } from "../src/profiles.ts";
import { budgetWarnings } from "../src/shutdown/budget.ts";
import { helpText, type Option, OptionError } from "../src/options/mod.ts";
import project from "../deno.json" with { type: "json" };

const OPTIONS = Object.entries(SERVER_OPTIONS) as [keyof ServerConfig, Option<unknown>][];

Deno.test("readServerConfig() has the documented defaults", () => {
  assertEquals(read(), {
    listen: { host: "", port: 8080 },
    allowedOrigins: ["http://localhost:8080"],
    idleTimeoutMs: 60_000,
    maxClients: 10_000,
    maxMessageSize: 512,
    rateLimitBurst: 5,
    rateLimitRefillMs: 1_000,
    floodLimit: 1_000,
    maxBufferedBytes: 131_072,
    budgetMs: 25_000,
    unreadyDelayMs: 0,
    strategy: "paced",
    minRate: 100,
    maxRate: 500,
    answerMs: 2_000,
    quietMs: 50,
    restartMs: 2_000,
    messageLog: { kind: "sqlite", path: "data/lastcall.db" },
    durability: "normal",
    retainMessages: 100_000,
    retainAgeMs: 86_400_000,
    natsReplicas: 1,
    logFormat: "auto",
    logLevel: "info",
    softLagMs: 500,
    hardLagMs: 2_000,
  });
});

const IN_NATS = ["--log", "nats://a/CHAT"];

type Frozen<T> = T extends string[] | undefined ? readonly string[] | undefined : T;

/** For each option its variable, a good value and what is read; another good value for the flag. */
const GOOD: {
  [K in keyof Required<ServerConfig>]: {
    env: string;
    text: string;
    value: Frozen<ServerConfig[K]>;
    flagText: string;
    flagValue: Frozen<ServerConfig[K]>;
    /** Flags without which this one means nothing. */
    beside?: string[];
  };
} = {
  listen: {
    env: "SERVER_PORT",
    text: ":9000",
    value: { host: "", port: 9000 },
    flagText: "127.0.0.1:9001",
    flagValue: { host: "127.0.0.1", port: 9001 },
  },
  profile: good("LASTCALL_PROFILE", ["container", "container"], ["kubernetes", "kubernetes"]),
  admin: {
    env: "LASTCALL_ADMIN",
    text: ":9090",
    value: { host: "", port: 9090 },
    flagText: "127.0.0.1:0",
    flagValue: { host: "127.0.0.1", port: 0 },
  },
  softClients: good("LASTCALL_SOFT_CLIENTS", ["1", 1], ["9999", 9_999]),
  softLagMs: good("LASTCALL_SOFT_LAG", ["0ms", 0], ["1.5s", 1_500]),
  hardLagMs: good("LASTCALL_HARD_LAG", ["0s", 0], ["1m", 60_000]),
  softMemoryBytes: good("LASTCALL_SOFT_MEMORY", ["0", 0], ["512MiB", 512 * 2 ** 20]),
  hardMemoryBytes: good("LASTCALL_HARD_MEMORY", ["0", 0], ["1GiB", 2 ** 30]),
  allowedOrigins: {
    env: "ALLOWED_ORIGINS",
    text: "https://A.example/x, http://b.example:80 ,",
    value: ["https://a.example", "http://b.example"],
    flagText: "*",
    flagValue: ["*"],
  },
  idleTimeoutMs: good("LASTCALL_IDLE_TIMEOUT", ["30s", 30_000], ["0s", 0]),
  maxClients: good("LASTCALL_MAX_CLIENTS", ["1", 1], ["1000000", 1_000_000]),
  maxMessageSize: good("MAX_MESSAGE_SIZE", ["1024", 1_024], ["64KiB", 65_536]),
  rateLimitBurst: good("RATE_LIMIT_BURST", ["1", 1], ["999", 999]),
  rateLimitRefillMs: good("RATE_LIMIT_REFILL_INTERVAL", ["2", 2_000], ["250ms", 250]),
  floodLimit: good("LASTCALL_FLOOD_LIMIT", ["6", 6], ["10000000", 10_000_000]),
  maxBufferedBytes: good("LASTCALL_MAX_BUFFERED", ["1", 1], ["4MiB", 4 * 2 ** 20]),
  budgetMs: good("LASTCALL_SHUTDOWN_BUDGET", ["100ms", 100], ["5m", 300_000]),
  unreadyDelayMs: good("LASTCALL_UNREADY_DELAY", ["5s", 5_000], ["0s", 0]),
  strategy: good("LASTCALL_DRAIN_STRATEGY", ["idle-first", "idle-first"], [
    "immediate",
    "immediate",
  ]),
  minRate: good("LASTCALL_DRAIN_RATE", ["1", 1], ["50", 50]),
  maxRate: good("LASTCALL_MAX_DRAIN_RATE", ["1", 1], ["50", 50]),
  answerMs: good("LASTCALL_ANSWER_TIME", ["10ms", 10], ["1.5s", 1_500]),
  quietMs: good("LASTCALL_QUIET_TIME", ["0ms", 0], ["1m", 60_000]),
  restartMs: good("LASTCALL_RESTART_TIME", ["0s", 0], ["1m", 60_000]),
  alternates: good("LASTCALL_ALTERNATES", ["ws://a/ws, wss://b/ws", ["ws://a/ws", "wss://b/ws"]], [
    "ws://c",
    ["ws://c"],
  ]),
  announce: good("LASTCALL_ANNOUNCE", [" wss://a/ws ", "wss://a/ws"], ["ws://b", "ws://b"]),
  messageLog: good("LASTCALL_LOG", ["memory:", { kind: "memory" }], [
    "sqlite:a b.db",
    { kind: "sqlite", path: "a b.db" },
  ]),
  durability: good("LASTCALL_DURABILITY", ["full", "full"], ["normal", "normal"]),
  retainMessages: good("LASTCALL_RETAIN_MESSAGES", ["1", 1], ["5000", 5_000]),
  retainAgeMs: good("LASTCALL_RETAIN_AGE", ["1s", 1_000], ["48h", 172_800_000]),
  natsReplicas: { ...good("LASTCALL_NATS_REPLICAS", ["3", 3], ["1", 1]), beside: IN_NATS },
  natsCreds: { ...good("NATS_CREDS", ["a.creds", "a.creds"], ["b", "b"]), beside: IN_NATS },
  natsNkey: { ...good("NATS_NKEY", ["a.nk", "a.nk"], ["b", "b"]), beside: IN_NATS },
  natsCa: { ...good("NATS_CA", ["a.pem", "a.pem"], ["b", "b"]), beside: IN_NATS },
  natsCert: {
    ...good("NATS_CERT", ["a.pem", "a.pem"], ["b", "b"]),
    beside: [...IN_NATS, "--nats-key", "k"],
  },
  natsKey: {
    ...good("NATS_KEY", ["a.key", "a.key"], ["b", "b"]),
    beside: [...IN_NATS, "--nats-cert", "c"],
  },
  receipt: good("LASTCALL_RECEIPT", ["data/receipt.json", "data/receipt.json"], ["r", "r"]),
  logFormat: good("LASTCALL_LOG_FORMAT", ["json", "json"], ["text", "text"]),
  logLevel: good("LASTCALL_LOG_LEVEL", ["debug", "debug"], ["error", "error"]),
};

for (const [name, option] of OPTIONS) {
  const { env, text, value, flagText, flagValue, beside = [] } = GOOD[name];

  Deno.test(`readServerConfig() reads ${env}, and --${option.flag} over it`, () => {
    assertEquals(read({ env: { [env]: text } })[name], value);
    assertEquals(read({ args: [...beside, `--${option.flag}`, flagText] })[name], flagValue);
    const args = [...beside, `--${option.flag}=${flagText}`];
    const both = read({ args, env: { [env]: text } });
    assertEquals(both[name], flagValue);
    assertEquals(read({ env: { [env]: "" } })[name], read()[name]);
  });
}

/** For each option values that are not allowed, and words that the refusal has to use. */
const BAD: { [K in keyof Required<ServerConfig>]: { texts: string[]; allowed: string } } = {
  listen: {
    texts: ["", "localhost", ":65536", "http://x:80", "-1", "::1:80", "1.2.3.4:80:90"],
    allowed: "PORT, :PORT or HOST:PORT",
  },
  profile: { texts: ["", "Container", "prod"], allowed: "one of development, container, kub" },
  admin: { texts: ["", "localhost", ":65536"], allowed: "PORT, :PORT or HOST:PORT" },
  softClients: { texts: ["", "0", "90%"], allowed: "from 1 to 1000000" },
  softLagMs: { texts: ["", "200", "61s"], allowed: "from 0ms to 1m" },
  hardLagMs: { texts: ["", "2", "-2s"], allowed: "from 0ms to 1m" },
  softMemoryBytes: { texts: ["", "80%", "1GB"], allowed: "a number of bytes" },
  hardMemoryBytes: { texts: ["", "-1", "1.5"], allowed: "a number of bytes" },
  allowedOrigins: {
    texts: ["", ",", "localhost:8080", "null", "http://a.example,b", "*.example", "http://"],
    allowed: "origins such as",
  },
  idleTimeoutMs: { texts: ["", "60", "-1s", "61m", "soon"], allowed: "from 0ms to 1h" },
  maxClients: { texts: ["", "0", "-1", "1.5", "1e3", "1000001"], allowed: "from 1 to 1000000" },
  maxMessageSize: { texts: ["", "0", "-1", "1.5", "1KB", "17MiB"], allowed: "from 1 B to 16 MiB" },
  rateLimitBurst: { texts: ["", "0", "x", "1000001"], allowed: "from 1 to 1000000" },
  rateLimitRefillMs: { texts: ["", "0", "0s", "1 s", "25h"], allowed: "a bare number counts" },
  floodLimit: { texts: ["", "0", "lots", "10000001"], allowed: "from 1 to 10000000" },
  maxBufferedBytes: { texts: ["", "0", "1MB", "-1MiB"], allowed: "a number of bytes" },
  budgetMs: { texts: ["", "25", "99ms", "25h", "Infinitys"], allowed: "from 100ms to 24h" },
  unreadyDelayMs: { texts: ["", "5", "-5s"], allowed: "a duration with a unit" },
  strategy: { texts: ["", "Paced", "random"], allowed: "one of paced, idle-first, immediate" },
  minRate: { texts: ["", "0", "-1", "0.5"], allowed: "from 1 to 1000000" },
  maxRate: { texts: ["", "0", "many"], allowed: "from 1 to 1000000" },
  answerMs: { texts: ["", "2", "9ms"], allowed: "from 10ms to 24h" },
  quietMs: { texts: ["", "50", "61s"], allowed: "from 0ms to 1m" },
  restartMs: { texts: ["", "2", "25h"], allowed: "from 0ms to 24h" },
  alternates: { texts: ["", ",", "http://a", "a.example"], allowed: "WebSocket URLs such as" },
  announce: {
    texts: ["", "a", "http://a/ws", "ws://a,ws://b"],
    allowed: "a WebSocket URL such as",
  },
  messageLog: { texts: ["", "memory", "sqlite:", "redis://x"], allowed: "memory: or sqlite:FILE" },
  durability: { texts: ["", "FULL", "none"], allowed: "one of normal, full" },
  retainMessages: { texts: ["", "0", "-1"], allowed: "of at least 1" },
  retainAgeMs: { texts: ["", "0s", "1d", "367h0"], allowed: "from 1s to" },
  natsReplicas: { texts: ["", "0", "2", "three"], allowed: "one of 1, 3" },
  natsCreds: { texts: ["", "  "], allowed: "the path of a file" },
  natsNkey: { texts: ["", "  "], allowed: "the path of a file" },
  natsCa: { texts: ["", "  "], allowed: "the path of a file" },
  natsCert: { texts: ["", "  "], allowed: "the path of a file" },
  natsKey: { texts: ["", "  "], allowed: "the path of a file" },
  receipt: { texts: ["", "  "], allowed: "the path of a file" },
  logFormat: { texts: ["", "xml", "JSON"], allowed: "one of auto, text, json" },
  logLevel: { texts: ["", "warning", "trace"], allowed: "one of debug, info, warn, error" },
};

for (const [name, { flag, env }] of OPTIONS) {
  const { texts, allowed } = BAD[name];

  Deno.test(`readServerConfig() refuses a bad --${flag} or ${env}, and says what is allowed`, () => {
    for (const text of texts) {
      const sentence = refusal({ args: [`--${flag}=${text}`] });
      assert(sentence.startsWith(`Cannot start: --${flag} must be `), sentence);
      assertStringIncludes(sentence, allowed);
      assert(sentence.endsWith(`; got ${JSON.stringify(text)}`), sentence);
      // A variable that is set to nothing counts as not set.
      if (text === "") continue;
      assertEquals(refusal({ env: { [env!]: text } }), sentence.replace(`--${flag}`, env!));
    }
  });
}

Deno.test("readServerConfig() refuses a flood limit that the rate limit would never reach", () => {
  const sentence = refusal({ args: ["--flood-limit", "5"] });
  assertMatch(sentence, /^Cannot start: .*flood-limit.* above .*rate-limit-burst.*\(5\); got "5"$/);
  assertThrows(() => read({ env: { RATE_LIMIT_BURST: "1000" } }), OptionError);
  assertEquals(read({ args: ["--flood-limit", "6"] }).floodLimit, 6);
});

Deno.test("readServerConfig() refuses a soft limit that is not below its hard one", () => {
  for (
    const [args, sentence] of [
      [["--soft-lag=2s"], /hard-lag must be above --soft-lag \(2000\); got "2000"$/],
      [["--soft-memory=2GiB", "--hard-memory=1GiB"], /--hard-memory must be above --soft-memory/],
      [["--soft-clients=10", "--max-clients=10"], /--max-clients must be above --soft-clients/],
    ] as [string[], RegExp][]
  ) assertMatch(refusal({ args }), sentence);
  assertEquals(read({ args: ["--soft-lag=5s", "--hard-lag=0ms"] }).softLagMs, 5_000);
});

Deno.test("readServerConfig() refuses settings of NATS that contradict each other", () => {
  for (
    const [args, sentence] of [
      [
        ["--nats-creds=c"],
        /^Cannot start: --nats-creds needs a --log that is nats:\/\/…; got sqlite:/,
      ],
      [["--log=memory:", "--nats-replicas=1"], /--nats-replicas needs .*; got memory:$/],
      [
        [...IN_NATS, "--nats-creds=c", "--nats-nkey=n"],
        /one login .* got --nats-creds and --nats-nk/,
      ],
      [["--log=nats://me:geheim@a/A", "--nats-creds=c"], /got --nats-creds and a user in --log$/],
      [["--log=nats://geheim@a/A", "--nats-nkey=n"], /got --nats-nkey and a token in --log$/],
      [[...IN_NATS, "--nats-cert=c"], /--nats-cert needs --nats-key, too$/],
      [[...IN_NATS, "--nats-key=k"], /--nats-key needs --nats-cert, too$/],
    ] as [string[], RegExp][]
  ) assertMatch(refusal({ args }), sentence);
});

Deno.test("readServerConfig() lets variables be that are there for the tool of NATS", () => {
  const env = { NATS_CREDS: "c", NATS_NKEY: "n", NATS_CERT: "c" };
  assertEquals(read({ env }).messageLog.kind, "sqlite");
  assertThrows(() => read({ env, args: IN_NATS }), OptionError);
});

for (const name of PROFILE_NAMES) {
  Deno.test(`--profile ${name} sets defaults below flags and variables`, () => {
    const { values } = PROFILES[name];
    const asFlags = Object.entries(values).flatMap(([flag, value]) => [`--${flag}`, value]);
    const profiled = read({ args: ["--profile", name] });
    assertEquals(profiled, { ...read({ args: asFlags }), profile: name });
    assertEquals(read({ env: { LASTCALL_PROFILE: name } }), profiled);
    const over = { args: ["--profile", name, "--shutdown-budget", "7s"] };
    assertEquals(read(over).budgetMs, 7_000);
    const env = { LASTCALL_SHUTDOWN_BUDGET: "8s", LASTCALL_LOG_FORMAT: "auto" };
    const { budgetMs, logFormat } = read({ args: ["--profile", name], env });
    assertEquals([budgetMs, logFormat], [8_000, "auto"]);
  });

  Deno.test(`the profile ${name} promises no more than its budget can keep`, () => {
    const config = read({ args: ["--profile", name] });
    assertEquals(budgetWarnings(config, config), []);
  });

  Deno.test(`the profile ${name} has flags that there are, and stands in the help`, () => {
    const flags = OPTIONS.map(([, { flag }]) => flag);
    for (const [flag, value] of Object.entries(PROFILES[name].values)) {
      assert(flags.includes(flag), flag);
      assertStringIncludes(profilesText(), `--${flag} ${value}`);
    }
  });
}

Deno.test("readServerConfig() refuses words and unknown flags, and names them", () => {
  assertMatch(refusal({ args: ["8080"] }), /no arguments but flags; got "8080"$/);
  assertMatch(refusal({ args: ["--max-client", "5"] }), /unknown flag --max-client; did you mean/);
});

Deno.test("readServerConfig() leaves help and version to the caller, whatever else is wrong", () => {
  assertEquals(readServerConfig(["--help", "--max-clients=none"]), { wants: "help" });
  assertEquals(readServerConfig(["-h", "word"]), { wants: "help" });
  assertEquals(readServerConfig(["--version"]), { wants: "version" });
});

Deno.test("SERVER_OPTIONS gives every option a flag and a variable of its own", () => {
  const names = OPTIONS.flatMap(([, { flag, env }]) => [flag, env]);
  assertEquals(new Set(names).size, 2 * OPTIONS.length);
});

Deno.test("SERVER_OPTIONS has only variables that `deno task start` may read", () => {
  const allowed = /--allow-env=(\S+)/.exec(project.tasks.start.command)![1]!.split(",");
  const covers = (name: string, variable: string) =>
    name.endsWith("*") ? variable.startsWith(name.slice(0, -1)) : variable === name;
  for (const [, { env }] of OPTIONS) assert(allowed.some((name) => covers(name, env!)), env);
});

Deno.test("--help lists every option with its variable, default and meaning", () => {
  const help = helpText(SERVER_OPTIONS, "Intro.");
  for (const [, { flag, env, default: standard, help: meaning }] of OPTIONS) {
    const facts = [...standard === undefined ? [] : [`default ${standard}`], `env ${env}`];
    assertMatch(help, new RegExp(`^ +--${flag} \\S+\\n +\\S.*$`, "m"));
    assertStringIncludes(help, `${meaning} [${facts.join("; ")}]`);
  }
  for (const flag of ["-h, --help", "--version"]) assertStringIncludes(help, flag);
});

function good<const V, const W>(
  env: string,
  [text, value]: readonly [string, V],
  [flagText, flagValue]: readonly [string, W],
) {
  return { env, text, value, flagText, flagValue };
}

interface Given {
  args?: string[];
  env?: Record<string, string>;
}

function read({ args = [], env = {} }: Given = {}): ServerConfig {
  const request = readServerConfig(args, (name) => env[name]);
  if (!("config" in request)) throw new Error(`Cannot read a config: it wants ${request.wants}`);
  return request.config;
}

/** The sentence with which a bad command line is refused. */
function refusal(given: Given): string {
  return (assertThrows(() => read(given), OptionError) as OptionError).message;
}
