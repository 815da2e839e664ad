/**
 * Kinds of value that only the load test has.
 *
 * @module
 */

import type { Kind } from "@lastcall/lastcall";

/** Where a WebSocket server is, perhaps at a port that is not chosen yet. */
export const url: Kind<string> = {
  placeholder: "URL",
  allowed: "a ws: or wss: URL, such as ws://127.0.0.1:9000/ws ({port} stands for a free port)",
  parse(value) {
    const parsed = URL.parse(value.trim().replaceAll("{port}", "1"));
    return parsed?.protocol === "ws:" || parsed?.protocol === "wss:" ? value.trim() : undefined;
  },
};

/** Ports to listen on. */
export const ports: Kind<number[]> = {
  placeholder: "PORT,...",
  allowed: "different ports from 1 to 65535, separated by commas",
  parse(value) {
    const numbers = value.split(",").map((part) => /^\s*\d+\s*$/.test(part) ? Number(part) : NaN);
    const isValid = numbers.every((number) => number >= 1 && number <= 65_535);
    return isValid && new Set(numbers).size === numbers.length ? numbers : undefined;
  },
};

/** One of these numbers. */
export function choiceOf(...numbers: number[]): Kind<number> {
  return {
    placeholder: numbers.join("|"),
    allowed: numbers.join(" or "),
    parse: (value) => numbers.find((number) => String(number) === value.trim()),
  };
}

/** Codes from 0 to `max`. */
export function codes(max: number): Kind<number[]> {
  return {
    placeholder: "CODE,...",
    allowed: `whole numbers from 0 to ${max}, separated by commas`,
    parse(value) {
      const numbers = value.split(",").map((part) => /^\s*\d+\s*$/.test(part) ? Number(part) : NaN);
      return numbers.every((number) => number <= max) ? numbers : undefined;
    },
  };
}
