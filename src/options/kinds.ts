/**
 * The kinds of value that an option can have: how each is written, what is allowed, how it is read.
 *
 * @module
 */

import { formatByteSize, parseByteSize } from "../byte_size.ts";
import { formatDuration, parseDuration } from "../duration.ts";

/** One kind of option value. */
export interface Kind<T> {
  /** How help shows the value: `DURATION`. Empty for a switch, which takes none. */
  readonly placeholder: string;
  /** Completes the sentence "X must be …". */
  readonly allowed: string;
  /** The value, or `undefined` when `text` is not allowed. */
  parse(text: string): T | undefined;
  /** What exactly is wrong with a text that is not allowed, where there is more to say. */
  explain?(text: string): string | undefined;
  /** A text that is not allowed as it may be shown, where it may hold a secret. Default: as it is. */
  show?(text: string): string;
  /** It may be given several times: the lists are joined. Only for lists. */
  readonly repeats?: boolean;
}

/** The least and the most that a value may be, both allowed. */
export interface Range {
  /** Default 0 (1 for sizes). */
  min?: number;
  /** Default: the largest that makes sense for the kind. */
  max?: number;
}

/** A whole number within a range. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: Range = {}): Kind<number> {
  return {
    placeholder: "N",
    allowed: `a whole number ${rangeText(min, max, Number.MAX_SAFE_INTEGER, String)}`,
    parse: (text) => inRange(/^\d+$/.test(text.trim()) ? Number(text) : undefined, min, max),
  };
}

/** A decimal number within a range. */
export function decimal({ min = 0, max = Number.MAX_VALUE }: Range = {}): Kind<number> {
  return {
    placeholder: "X",
    allowed: `a number ${rangeText(min, max, Number.MAX_VALUE, String)}`,
    parse: (text) =>
      inRange(/^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined, min, max),
  };
}

/** Milliseconds, written with a unit. `bareUnit` allows a bare number, for names older than ours. */
export function duration(
  { min = 0, max = 24 * 3_600_000, bareUnit }: Range & { bareUnit?: "s" } = {},
): Kind<number> {
  const bare = bareUnit ? ` (a bare number counts seconds)` : "";
  return {
    placeholder: "DURATION",
    allowed: `a duration with a unit, such as 500ms, 30s or 2m, ${
      rangeText(min, max, Infinity, formatDuration)
    }${bare}`,
    parse(text) {
      const withUnit = bareUnit && /^\d+(\.\d+)?$/.test(text.trim())
        ? text.trim() + bareUnit
        : text;
      return inRange(parseDuration(withUnit), min, max);
    },
  };
}

/** Bytes, with or without a binary unit. */
export function byteSize({ min = 1, max = 2 ** 40 }: Range = {}): Kind<number> {
  return {
    placeholder: "SIZE",
    allowed: `a number of bytes, such as 512, 64KiB or 1MiB, ${
      rangeText(min, max, Infinity, formatByteSize)
    }`,
    parse: (text) => inRange(parseByteSize(text), min, max),
  };
}

/** One of a few words. */
export function choice<const T extends string>(...words: T[]): Kind<T> {
  return {
    placeholder: words.join("|"),
    allowed: `one of ${words.join(", ")}`,
    parse: (text) => words.find((word) => word === text.trim()),
  };
}

/** Any text that is not empty. */
export function text(placeholder: string, allowed: string): Kind<string> {
  return { placeholder, allowed, parse: (value) => value.trim() === "" ? undefined : value.trim() };
}

/** Values of one kind; as a flag it may be given several times, elsewhere `;` is between them. */
export function severalOf<T>(kind: Kind<T>): Kind<T[]> {
  const parts = (text: string) => text.split(";").map((part) => part.trim());
  return {
    placeholder: kind.placeholder,
    allowed: kind.allowed,
    repeats: true,
    parse(text) {
      const values = parts(text).map((part) => kind.parse(part));
      return values.every((value) => value !== undefined) ? values as T[] : undefined;
    },
    explain(text) {
      const wrong = parts(text).find((part) => kind.parse(part) === undefined);
      return wrong === undefined ? undefined : kind.explain?.(wrong);
    },
  };
}

/** True or false; as a flag it takes no value. */
export const onOff: Kind<boolean> = {
  placeholder: "",
  allowed: "true or false",
  parse: (text) =>
    ({ true: true, "1": true, false: false, "0": false } as Record<string, boolean>)[
      text.trim().toLowerCase()
    ],
};

/** Where a server listens. An empty host means every interface. */
export interface ListenAddress {
  /** A name or an IP address; empty means every interface. */
  host: string;
  /** 0 lets the system choose. */
  port: number;
}

/** `:8080`, `8080`, `127.0.0.1:8080`, `[::1]:8080`. Port 0 lets the system choose. */
export const listenAddress: Kind<ListenAddress> = {
  placeholder: "[HOST]:PORT",
  allowed: "PORT, :PORT or HOST:PORT with a port from 0 to 65535, such as :8080 or 127.0.0.1:8080",
  parse(text) {
    const match = /^(?:(\[[0-9a-fA-F:.]+\]|[^:\s\[\]/]*):)?(\d{1,5})$/.exec(text.trim());
    const port = inRange(match ? Number(match[2]) : undefined, 0, 65_535);
    if (!match || port === undefined) return undefined;
    return { host: (match[1] ?? "").replace(/^\[|\]$/g, ""), port };
  },
};

function inRange(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

function rangeText(
  min: number,
  max: number,
  unbounded: number,
  format: (n: number) => string,
): string {
  return max >= unbounded ? `of at least ${format(min)}` : `from ${format(min)} to ${format(max)}`;
}
