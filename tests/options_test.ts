import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  byteSize,
  choice,
  duration,
  helpText,
  integer,
  listenAddress,
  onOff,
  OptionError,
  type OptionTable,
  resolveOptions,
} from "../src/options/mod.ts";

interface Settings {
  clients: number;
  pauseMs: number;
  pick: "a" | "b";
  loud: boolean;
  note?: number;
}

const TABLE: OptionTable<Settings> = {
  clients: {
    flag: "clients",
    short: "c",
    env: "CLIENTS",
    kind: integer({ min: 1, max: 9 }),
    default: "3",
    help: "How many.",
    group: "Load",
  },
  pauseMs: {
    flag: "pause",
    env: "PAUSE",
    kind: duration({ max: 60_000 }),
    default: "1s",
    help: "How long.",
    group: "Load",
  },
  pick: { flag: "pick", kind: choice("a", "b"), default: "a", help: "Which.", group: "Other" },
  loud: {
    flag: "loud",
    env: "LOUD",
    kind: onOff,
    default: "false",
    help: "Shout.",
    group: "Other",
  },
  note: { flag: "note", kind: integer(), help: "Unset by default.", group: "Other" },
};

const env = (values: Record<string, string>) => (name: string) => values[name];

Deno.test("resolveOptions() takes the default, the environment over it, the flag over both", () => {
  assertEquals(resolveOptions(TABLE, []).settings, {
    clients: 3,
    pauseMs: 1_000,
    pick: "a",
    loud: false,
  });
  assertEquals(resolveOptions(TABLE, [], env({ CLIENTS: "4", PAUSE: "2s" })).settings.clients, 4);
  const both = resolveOptions(TABLE, ["-c", "5", "--pick=b"], env({ CLIENTS: "4" })).settings;
  assertEquals([both.clients, both.pick], [5, "b"]);
});

Deno.test("resolveOptions() takes layers after flag and variable, before the default, the first first", () => {
  const layers = [
    { source: "the profile small", values: { clients: "2", loud: "true" } },
    { source: "a file", values: { clients: "8", pause: "3s" } },
  ];
  const read = (args: string[], variables = {}) =>
    resolveOptions(TABLE, args, env(variables), layers).settings;
  assertEquals(read([]), { clients: 2, pauseMs: 3_000, pick: "a", loud: true });
  assertEquals(read([], { CLIENTS: "4" }).clients, 4);
  assertEquals(read(["-c", "5", "--no-loud"], { CLIENTS: "4" }), {
    clients: 5,
    pauseMs: 3_000,
    pick: "a",
    loud: false,
  });
});

Deno.test("resolveOptions() names the layer that a bad value came from", () => {
  const layers = [{ source: "the profile small", values: { clients: "none" } }];
  const error = assertThrows(() => resolveOptions(TABLE, [], env({}), layers), OptionError);
  assertStringIncludes(error.message, "--clients of the profile small must be a whole number");
});

Deno.test("resolveOptions() reads switches from flags and environment, also negated", () => {
  assertEquals(resolveOptions(TABLE, ["--loud"]).settings.loud, true);
  assertEquals(resolveOptions(TABLE, [], env({ LOUD: "1" })).settings.loud, true);
  assertEquals(resolveOptions(TABLE, ["--no-loud"], env({ LOUD: "true" })).settings.loud, false);
});

Deno.test("resolveOptions() treats an empty variable as not set", () => {
  assertEquals(resolveOptions(TABLE, [], env({ CLIENTS: "" })).settings.clients, 3);
});

Deno.test("resolveOptions() names the source, the allowed values and the value it got", () => {
  for (
    const [args, variables, wanted] of [
      [["--clients", "10"], {}, '--clients must be a whole number from 1 to 9; got "10"'],
      [["--clients"], {}, '--clients must be a whole number from 1 to 9; got ""'],
      [[], { CLIENTS: "many" }, 'CLIENTS must be a whole number from 1 to 9; got "many"'],
      [["--pause", "5"], {}, "--pause must be a duration with a unit, such as 500ms"],
      [["--pick", "c"], {}, '--pick must be one of a, b; got "c"'],
      [["--cleints", "4"], {}, "unknown flag --cleints; did you mean --clients?"],
      [["-x"], {}, "unknown flag --x"],
    ] as [string[], Record<string, string>, string][]
  ) {
    const error = assertThrows(() => resolveOptions(TABLE, args, env(variables)), OptionError);
    assertStringIncludes(error.message, wanted);
  }
});

Deno.test("resolveOptions() takes a lone dash for the value of a flag", () => {
  const error = assertThrows(() => resolveOptions(TABLE, ["--clients", "-"]), OptionError);
  assertStringIncludes(error.message, 'got "-"');
});

Deno.test("resolveOptions() keeps words apart and stops for help and version", () => {
  assertEquals(resolveOptions(TABLE, ["rolling", "-c", "2", "-"]).words, ["rolling", "-"]);
  assertEquals(resolveOptions(TABLE, ["--help", "--clients", "zzz"]).wants, "help");
  assertEquals(resolveOptions(TABLE, ["-h"]).wants, "help");
  assertEquals(resolveOptions(TABLE, ["--version"]).wants, "version");
});

Deno.test("helpText() shows each option with value, default, variable and meaning", () => {
  const help = helpText(TABLE, "A program.");
  assertMatch(help, /-c, --clients N\n\s+How many\. \[default 3; env CLIENTS\]/);
  assertMatch(help, /--loud\n\s+Shout\. \[env LOUD\]/);
  assertMatch(help, /--note N\n\s+Unset by default\.\n/);
});

Deno.test("listenAddress reads a port, :port, host:port and an IPv6 host; nothing else", () => {
  for (
    const [text, host, port] of [
      [":8080", "", 8080],
      ["8080", "", 8080],
      ["127.0.0.1:0", "127.0.0.1", 0],
      ["localhost:65535", "localhost", 65535],
      ["[::1]:80", "::1", 80],
    ] as const
  ) assertEquals(listenAddress.parse(text), { host, port });
  for (const text of ["", ":", "host", ":65536", "a:b", "::1:80", "http://x:1", ":-1", ":8 0"]) {
    assertEquals(listenAddress.parse(text), undefined, text);
  }
});

Deno.test("duration and byteSize need their units and ranges", () => {
  assertEquals(duration().parse("1.5s"), 1_500);
  assertEquals(duration({ bareUnit: "s" }).parse("1"), 1_000);
  assertEquals(duration({ max: 10 }).parse("11ms"), undefined);
  for (const text of ["", "1", "s", "-1s", "1 s", "1e3ms", "Infinitys"]) {
    assertEquals(duration().parse(text), undefined, text);
  }
  assertEquals(byteSize().parse("64KiB"), 65_536);
  assertEquals(byteSize().parse("512"), 512);
  for (const text of ["", "0", "-1", "1.5", "1KB", "x"]) {
    assertEquals(byteSize().parse(text), undefined, text);
  }
});
