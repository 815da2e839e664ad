/**
 * The units of metrics: how a person writes a value, and how it is shown.
 *
 * @module
 */

import { formatByteSize, formatDuration, parseByteSize, parseDuration } from "@lastcall/lastcall";

/** What is measured. Values are ms, plain numbers, numbers per second, or bytes. */
export type Unit = "time" | "count" | "rate" | "size";

/** One unit. */
interface UnitFacts {
  /** Completes "it needs …". */
  example: string;
  /** The value, or `undefined` when `text` is not one of this unit. */
  parse(text: string): number | undefined;
  /** A text that is parsed to the same value. */
  write(value: number): string;
  /** For a report, rounded. */
  show(value: number): string;
}

/** Longer numbers would lose digits. */
const NUMBER = /^\d{1,12}(\.\d{1,3})?$/;

/** The units by name. */
export const UNITS: Record<Unit, UnitFacts> = {
  time: {
    example: "a time, such as 500ms or 3s",
    parse: (text) => NUMBER.test(text.replace(/[a-z]+$/, "")) ? toTime(text) : undefined,
    write: (value) => value > 0 && value % 1_000 === 0 ? `${value / 1_000}s` : `${value}ms`,
    show: formatDuration,
  },
  count: {
    example: "a number without a unit, such as 0",
    parse: toNumber,
    write: String,
    show: showNumber,
  },
  rate: {
    example: "a number per second, such as 150 or 150/s",
    parse: (text) => toNumber(text.replace(/\/s$/, "")),
    write: (value) => `${value}/s`,
    show: (value) => `${showNumber(value)}/s`,
  },
  size: {
    example: "a size, such as 512MiB",
    parse: (text) => parseByteSize(text),
    write: (value) => `${value}B`,
    show: formatByteSize,
  },
};

function toTime(text: string): number | undefined {
  const ms = parseDuration(text);
  return ms === undefined ? undefined : Math.round(ms * 1_000) / 1_000;
}

function toNumber(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

function showNumber(value: number): string {
  return String(Math.round(value * 100) / 100);
}
