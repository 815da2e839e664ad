/**
 * The options of `deno task close URL`.
 *
 * @module
 */

import {
  duration,
  integer,
  isSendableCloseCode,
  type Kind,
  onOff,
  OptionError,
  type OptionTable,
  resolveOptions,
  text,
} from "@lastcall/lastcall";

/** What the command can be told. */
export interface CloseOptions {
  origin: string;
  code: number;
  reason?: string;
  wait: boolean;
  timeoutMs: number;
  json: boolean;
}

const sendableCode: Kind<number> = {
  placeholder: "CODE",
  allowed: "a close code that a client may send: 1000 to 1003, 1007 to 1013, or 3000 to 4999",
  parse(value) {
    const code = integer().parse(value);
    return code !== undefined && isSendableCloseCode(code) ? code : undefined;
  },
};

const reason: Kind<string> = {
  placeholder: "TEXT",
  allowed: "at most 123 bytes of text",
  parse: (value) => new TextEncoder().encode(value).length <= 123 ? value : undefined,
};

/** The options by the setting that each fills. */
export const CLOSE_OPTIONS: OptionTable<CloseOptions> = {
  origin: {
    flag: "origin",
    kind: text("ORIGIN", "an origin"),
    default: "http://localhost:8080",
    help: "Origin header.",
    group: "Options",
  },
  code: {
    flag: "code",
    kind: sendableCode,
    default: "1000",
    help: "The code of our Close frame.",
    group: "Options",
  },
  reason: {
    flag: "reason",
    kind: reason,
    help: "The reason in our Close frame.",
    group: "Options",
  },
  wait: {
    flag: "wait",
    kind: onOff,
    default: "false",
    help: "Send no Close frame; wait for the server's.",
    group: "Options",
  },
  timeoutMs: {
    flag: "timeout",
    kind: duration({ min: 10 }),
    default: "10s",
    help: "For all of it: connecting, closing or waiting, and the end of TCP.",
    group: "Options",
  },
  json: {
    flag: "json",
    kind: onOff,
    default: "false",
    help: "Print JSON instead of text.",
    group: "Options",
  },
};

/** What a command line asks for. Throws {@linkcode OptionError}. */
export function readCloseOptions(
  args: readonly string[],
): { wants: "help" | "version" } | { url: string; options: CloseOptions } {
  const { settings: options, words, wants } = resolveOptions(CLOSE_OPTIONS, args);
  if (wants) return { wants };
  const protocol = URL.parse(words[0] ?? "")?.protocol;
  if (words.length !== 1 || (protocol !== "ws:" && protocol !== "wss:")) {
    throw new OptionError(
      "Cannot start: the argument must be one ws: or wss: URL, such as ws://127.0.0.1:8080/ws; " +
        `got ${words.length > 0 ? words.join(" ") : "none"}`,
    );
  }
  return { url: words[0]!, options };
}
