import { assert, assertEquals } from "@std/assert";
import { run } from "./cli_program.ts";

/** Flags for a run that is over soon. */
export const QUICK = [
  "-c",
  "20",
  "--rate",
  "200",
  "--warmup",
  "200ms",
  "--fault-at",
  "400ms",
  "-d",
  "1s",
];

/** Plays twenty clients through faults of this project's servers. */
export async function judged(...args: string[]) {
  const { code, stdout, stderr } = await run("loadtest", ...QUICK, "--json", "-", ...args);
  const report = JSON.parse(stdout || "{}");
  assertEquals(report.exitCode, code, stderr);
  return { ...report, text: stderr };
}

/** The report as JSON, and as text. */
export type Judged = Awaited<ReturnType<typeof judged>>;

/** No fault in the messages, and enough of them to say so. */
export function assertSound({ messages, failures, missing, exceeded, text }: Judged): void {
  assertEquals([failures, missing, exceeded], [[], [], []], text);
  const { offered, acknowledged, refused, unknown, ...faults } = messages;
  assertEquals([acknowledged, refused, unknown], [offered, 0, 0]);
  assertEquals(Object.values(faults).filter(Boolean), [offered]);
  assertEquals(faults.sent, offered);
  assert(offered > 100, `offered ${offered}`);
}
