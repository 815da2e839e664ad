/** The limits: how far each resource is from them. */

import type { LimitReport, StatusReport } from "../status_report.ts";
import { byId, type Element, make } from "./dom.ts";
import { bytes, count, duration } from "./format.ts";

const NAMES = { lag: "Lag", memory: "Memory", clients: "Clients" } as const;
const UNITS = { lag: duration, memory: bytes, clients: count } as const;
const LEVELS = { normal: "fine", soft: "no newcomers", hard: "too much" } as const;

/** Shows them. */
export function showLimits({ limits }: StatusReport): void {
  byId("limits").replaceChildren(...limits.map(row));
}

function row(limit: LimitReport): Element {
  const { resource, value, soft, hard, level } = limit;
  const show = (n: number | null) => n === null ? "none" : UNITS[resource](n);
  const name = make("th", NAMES[resource]);
  name.setAttribute("scope", "row");
  const state = make("td", LEVELS[level]);
  const line = make("tr", name, number(show(value)), number(show(soft)), number(show(hard)), state);
  line.dataset.level = level;
  return line;
}

function number(text: string): Element {
  const cell = make("td", text);
  cell.className = "number";
  return cell;
}
