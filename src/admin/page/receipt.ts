/** The receipt: what the shutdown did, once it is over. */

import type { ShutdownReport } from "../status_report.ts";
import { byId, type Element, make } from "./dom.ts";
import { count, decimal, duration } from "./format.ts";

type Receipt = NonNullable<ShutdownReport["receipt"]>;

/** Shows it, or hides it as long as there is none. With it, there is no "now" any more. */
export function showReceipt(receipt: Receipt | null): void {
  byId("receipt").hidden = receipt === null;
  for (const id of ["now", "limited"]) byId(id).hidden = receipt !== null;
  if (receipt) byId("receipt-lines").replaceChildren(...receiptLines(receipt).flatMap(line));
}

/** The lines, each with its value. */
export function receiptLines(receipt: Receipt): [name: string, value: string][] {
  const { reason, durationMs, budgetMs, exitCode, clients, rate, hooks, counts } = receipt;
  const { closed, crossed, gone, unanswered, forced } = clients;
  const outcomes = Object.entries({ closed, crossed, gone, unanswered, forced })
    .filter(([, n]) => n > 0).map(([name, n]) => `${count(n)} ${name}`);
  const codes = Object.entries(clients.byCode).map(([code, n]) => `${count(n)} with ${code}`);
  return [
    ["Asked for by", reason],
    ["Took", `${duration(durationMs)} of ${duration(budgetMs)}`],
    ["Exit code", String(exitCode)],
    ["Clients", [`${count(clients.total)} in all`, ...outcomes].join(", ")],
    ["Close codes", codes.join(", ") || "none"],
    [
      "Rate",
      `${decimal(rate.actualPerSecond)} a second, ${decimal(rate.plannedPerSecond)} planned`,
    ],
    [
      "Messages",
      `${count(counts.accepted ?? 0)} accepted, ${count(counts.delivered ?? 0)} delivered`,
    ],
    ...hooks.map(({ name, outcome, durationMs }): [string, string] => [
      sentence(name),
      `${outcome.replace("_", " ")} in ${duration(durationMs)}`,
    ]),
  ];
}

function line([name, value]: [string, string]): Element[] {
  return [make("dt", name), make("dd", value)];
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
