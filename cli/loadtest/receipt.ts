/**
 * Compares the server's own account of its shutdown with what its clients saw.
 *
 * @module
 */

import { codeOf, countBy } from "./figures.ts";
import type { ClientRecord, Receipt, Run } from "./run.ts";
import { groupDigits } from "./text_table.ts";

const OUTCOMES = ["closed", "crossed", "gone", "unanswered", "forced"] as const;

/** `1 900 closed, 100 unanswered`: the outcomes that occurred. */
export function describeReceipt({ clients }: Receipt): string {
  const parts = OUTCOMES.filter((outcome) => clients[outcome])
    .map((outcome) => `${groupDigits(clients[outcome]!)} ${outcome}`);
  return parts.length > 0 ? parts.join(", ") : "no clients";
}

/** What the receipt says that cannot be so, given what was seen. */
export function contradictions(receipt: Receipt, run: Run): string[] {
  const { clients: { closed, total, byCode }, exitCode } = receipt;
  const said: string[] = [];
  if (run.exit && exitCode !== run.exit.code) {
    said.push(`it says exit code ${exitCode}, the process gave ${run.exit.code}`);
  }
  const connected = run.clients.filter((client) => wasConnected(client, run)).length;
  if (total < connected) said.push(`it counts ${total} clients, ${connected} were connected`);
  const framed = run.clients.filter(({ end }) => end?.how === "closed");
  if (closed > framed.length) {
    said.push(`it says ${closed} answered its Close, ${framed.length} saw one`);
  }
  const normal = framed.filter(({ kind }) => kind === "normal");
  for (const [code, seen] of Object.entries(countBy(normal.map(({ end }) => `${codeOf(end!)}`)))) {
    const counted = byCode[code] ?? 0;
    if (counted < seen) said.push(`it counts ${counted} closes with ${code}, ${seen} were seen`);
  }
  return said;
}

function wasConnected({ openedAtMs, endedAtMs = Infinity }: ClientRecord, run: Run): boolean {
  return openedAtMs !== undefined && endedAtMs >= (run.signalsAtMs[0] ?? 0);
}
