/** The figures: what goes on right now, each with what belongs to it. */

import type { StatusReport } from "../status_report.ts";
import { byId, write } from "./dom.ts";
import { bytes, count, decimal, duration } from "./format.ts";

/** Shows them. */
export function showFigures(report: StatusReport): void {
  for (const [id, [value, note]] of Object.entries(figuresOf(report))) {
    write(byId(id), value);
    write(byId(`${id}-note`), note);
  }
}

/** Each figure by its id: the number, and a note. */
export function figuresOf(report: StatusReport): Record<string, [value: string, note: string]> {
  const { clients, rooms, rates, totals, memory, log, limits } = report;
  const lag = limits.find(({ resource }) => resource === "lag")?.value ?? 0;
  return {
    "clients": [count(clients.total), clientsNote(report)],
    "rooms": [count(rooms), "open"],
    "accepted": [decimal(rates.acceptedPerSecond), `a second; ${count(totals.accepted)} in all`],
    "delivered": [decimal(rates.deliveredPerSecond), `a second; ${count(totals.delivered)} in all`],
    "batch": [
      decimal(rates.batchMessages),
      rates.batchMessages > 0 ? `in a batch, sent in ${duration(rates.batchMs)}` : "nothing sent",
    ],
    "lag": [duration(lag), "of the event loop"],
    "memory": [bytes(memory.rss), `${bytes(memory.heapUsed)} on the heap`],
    "log": [log.bytes === null ? "–" : bytes(log.bytes), log.trouble ?? logNote(log.kind)],
  };
}

function clientsNote({ clients }: StatusReport): string {
  const { lagging, leaving, closing, joining, max } = clients;
  const parts = Object.entries({ joining, lagging, leaving, closing }).filter(([, n]) => n > 0)
    .map(([state, n]) => `${count(n)} ${state}`);
  return [`of ${count(max)} at most`, ...parts].join(", ");
}

const LOG_NOTES: Readonly<Record<string, string>> = {
  memory: "kept in memory",
  sqlite: "in SQLite",
  nats: "in NATS",
};

function logNote(kind: string): string {
  return LOG_NOTES[kind] ?? `in ${kind}`;
}
