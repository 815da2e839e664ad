/**
 * Where a measurement was made: figures of different machines cannot be compared.
 *
 * @module
 */

import { runToEnd } from "./run_to_end.ts";

/** A machine, in words. */
export interface Machine {
  cpu: string;
  cores: number;
  /** The kernel. */
  system: string;
  /** Of each program that takes part. */
  versions: Record<string, string>;
}

/** Describes this machine. What cannot be found out is called unknown. */
export async function describeMachine(versions: Record<string, string>): Promise<Machine> {
  const cpuinfo = await textOf("cat", "/proc/cpuinfo");
  return {
    cpu: /^model name\s*: (.*)$/m.exec(cpuinfo)?.[1] ?? "unknown",
    cores: navigator.hardwareConcurrency,
    system: await textOf("uname", "-sr"),
    versions,
  };
}

async function textOf(program: string, ...args: string[]): Promise<string> {
  return await runToEnd(program, args).catch(() => "unknown");
}
