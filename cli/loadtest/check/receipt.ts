/**
 * Compares the server's own account of its shutdown with what its clients saw.
 *
 * @module
 */

import type { ConnectionRecord, FaultRecord, Run } from "../run.ts";
import { countBy, nameEnd } from "./figures.ts";

/** What a receipt says that cannot be so, given what was seen. */
export function contradictions({ receipt, ...fault }: FaultRecord, run: Run): string[] {
  if (!receipt) return [];
  const { clients: { closed, total, byCode }, exitCode } = receipt;
  const here = [...run.connections, ...run.others].filter((one) => stoodAt(one, fault));
  const framed = here.filter(({ end }) => end?.how === "closed");
  const normal = framed.filter(({ kind }) => kind === "normal").map(({ end }) => nameEnd(end!));
  return [
    ...fault.exit && exitCode !== fault.exit.code
      ? [`it says exit code ${exitCode}, the process gave ${fault.exit.code}`]
      : [],
    ...total < here.length ? [`it counts ${total} clients, ${here.length} were connected`] : [],
    ...closed > framed.length
      ? [`it says ${closed} answered its Close, ${framed.length} saw one`]
      : [],
    ...Object.entries(countBy(normal)).filter(([code, seen]) => (byCode[code] ?? 0) < seen)
      .map(([code, seen]) =>
        `it counts ${byCode[code] ?? 0} closes with ${code}, ${seen} were seen`
      ),
  ];
}

function stoodAt(
  { instance, openedAtMs, endedAtMs = Infinity }: ConnectionRecord,
  fault: Omit<FaultRecord, "receipt">,
): boolean {
  return instance === fault.instance && openedAtMs !== undefined &&
    openedAtMs <= fault.signalAtMs && endedAtMs >= fault.signalAtMs;
}
