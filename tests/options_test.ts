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
  severalOf,
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

const LAYERS = [
  { source: "a.json", values: { clients: 4, pause: "2s" } },
  { source: "the second", values: { clients: 5, pick: "b", loud: true } },
];

Deno.test("resolveOptions() takes layers after the environment, the first one that has a value", () => {
  const { settings } = resolveOptions(TABLE, [], env({ PAUSE: "3s" }), LAYERS);
  assertEquals(settings, { clients: 4, pauseMs: 3_000, pick: "b", loud: true });
  assertEquals(resolveOptions(TABLE, ["-c", "9", "--no-loud"], env({}), LAYERS).settings, {
    ...{ clients: 9, pauseMs: 2_000, pick: "b", loud: false },
  });
});

Deno.test("resolveOptions() names the layer, the key, the allowed values and the value", () => {
  for (
    const [values, wanted] of [
      [{ clients: 10 }, '"clients" in a.json must be a whole number from 1 to 9; got "10"'],
      [{ clients: [1, 2] }, '"clients" in a.json must be a whole number from 1 to 9; got "[1, 2]"'],
      [{ clients: null }, '"clients" in a.json must be a whole number from 1 to 9; got "null"'],
      [{ pick: { a: 1 } }, '"pick" in a.json must be one of a, b; got "{\\"a\\":1}"'],
      [{ cleints: 4 }, 'a.json has the unknown key "cleints"; did you mean "clients"?'],
    ] as [Record<string, unknown>, string][]
  ) {
    const layers = [{ source: "a.json", values }];
    const error = assertThrows(() => resolveOptions(TABLE, [], env({}), layers), OptionError);
    assertStringIncludes(error.message, wanted);
  }
});

Deno.test("resolveOptions() says which flags were given", () => {
  assertEquals(resolveOptions(TABLE, ["--no-loud", "-c", "2", "word"]).flags, ["clients", "loud"]);
  assertEquals(resolveOptions(TABLE, [], env({ CLIENTS: "4" })).flags, []);
});

const LIST: OptionTable<{ sizes?: number[] }> = {
  sizes: {
    flag: "size",
    env: "SIZES",
    kind: severalOf({
      ...integer({ max: 9 }),
      explain: (text) => text.length > 1 ? `${text} is long` : undefined,
    }),
    help: "Sizes.",
    group: "List",
  },
};

Deno.test("severalOf() joins repeated flags, and splits everything at semicolons", () => {
  const sizes = (args: string[], ...more: [Record<string, string>?, unknown?]) =>
    resolveOptions(LIST, args, env(more[0] ?? {}), [{
      source: "a.json",
      values: more[1] === undefined ? {} : { size: more[1] },
    }]).settings.sizes;
  assertEquals(sizes([]), undefined);
  assertEquals(sizes(["--size", "1", "--size=2; 3"]), [1, 2, 3]);
  assertEquals(sizes([], { SIZES: "4;5" }), [4, 5]);
  assertEquals(sizes([], {}, [6, "7"]), [6, 7]);
  assertEquals(sizes([], {}, []), []);
  assertEquals(sizes(["--size", "1"], { SIZES: "2" }, [3]), [1]);
});

Deno.test("severalOf() has the one that is wrong explained", () => {
  const error = assertThrows(() => resolveOptions(LIST, ["--size", "1;22"]), OptionError);
  assertStringIncludes(error.message, 'from 0 to 9; got "1;22": 22 is long');
});
