/** The shutdown: its phases, how many have left, and the exits that come. */

import type { PhaseReport, ShutdownReport } from "../status_report.ts";
import { byId, type Element, make, write } from "./dom.ts";
import { count, decimal, duration } from "./format.ts";

const MEANINGS = {
  unready: "load balancers notice",
  notice: "nobody new is let in",
  drain: "each client leaves in its slot",
  force: "who is left is closed",
  flush: "log and receipt are kept",
} as const;

/** Shows it; `present` are the clients that are there, for the drain counts them only when it begins. */
export function showShutdown(shutdown: ShutdownReport, { present }: { present: number }): void {
  const { clients, elapsedMs, budgetMs, phases, reason } = shutdown;
  const left = leftOf(shutdown);
  const total = clients.total || present;
  setBar("left", { value: left, max: Math.max(1, total) });
  write(byId("left-note"), `${count(left)} of ${count(total)}`);
  setBar("spent", { value: Math.min(elapsedMs, budgetMs), max: budgetMs });
  write(byId("spent-note"), `${duration(elapsedMs)} of ${duration(budgetMs)}`);
  write(byId("reason"), `asked for by ${reason}`);
  byId("phases").replaceChildren(...phases.map(phaseItem));
  showSlots(shutdown);
}

/** Everybody who is gone, however that went. */
export function leftOf({ clients }: ShutdownReport): number {
  const { closed, crossed, gone, unanswered, forced } = clients;
  return closed + crossed + gone + unanswered + forced;
}

function setBar(id: string, { value, max }: { value: number; max: number }): void {
  byId(id).setAttribute("max", String(max));
  byId(id).setAttribute("value", String(value));
}

function phaseItem({ name, state, durationMs, budgetMs }: PhaseReport): Element {
  const title = make("span", name);
  title.className = "phase";
  const time = make("span", durationMs === null ? "" : duration(durationMs));
  time.className = "number";
  const limit = state === "now" && budgetMs ? `; ${duration(budgetMs)} at most` : "";
  const meaning = make("span", MEANINGS[name] + limit);
  meaning.className = "note";
  const item = make("li", title, time, meaning);
  item.dataset.state = state;
  if (state === "now") item.setAttribute("aria-current", "step");
  return item;
}

function showSlots({ slots, rate }: ShutdownReport): void {
  byId("slots-figure").hidden = slots === null || slots.left.length === 0;
  if (!slots) return;
  const { left, ahead, partMs } = slots;
  const highest = Math.max(1, ...left.map((n, i) => n + ahead[i]!));
  byId("slots").replaceChildren(...left.map((n, i) => bar(n / highest, ahead[i]! / highest)));
  const sum = (parts: number[]) => parts.reduce((total, n) => total + n, 0);
  const coming = sum(ahead) > 0 ? `, ${count(sum(ahead))} ahead` : "";
  const exits = `${count(sum(left))} exits done${coming}`;
  const planned = `${rate.strategy}, ${decimal(rate.plannedPerSecond)} a second`;
  write(byId("slots-note"), `${exits}; ${planned}`);
  write(byId("slots-end"), duration(partMs * left.length));
}

function bar(left: number, ahead: number): Element {
  const done = make("span");
  done.className = "done";
  done.style.setProperty("height", `${left * 100}%`);
  const due = make("span");
  due.className = "due";
  due.style.setProperty("height", `${ahead * 100}%`);
  return make("span", due, done);
}
