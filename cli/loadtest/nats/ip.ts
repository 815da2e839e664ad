/**
 * The program `ip` of iproute2, which knows network namespaces and links.
 *
 * @module
 */

import { TargetError } from "../target.ts";

/** Runs `ip` with these words; returns what it printed. Throws a `TargetError`. */
export async function ip(...args: string[]): Promise<string> {
  try {
    return outputOf(args, await new Deno.Command("ip", { args, stdin: "null" }).output());
  } catch (error) {
    throw failure(args, error as Error);
  }
}

/** The same at once, for the last moments of a process; what goes wrong then, goes wrong. */
export function ipNow(...args: string[]): void {
  try {
    new Deno.Command("ip", { args, stdin: "null", stdout: "null", stderr: "null" }).outputSync();
  } catch {
    // Without the program there is nothing to remove either.
  }
}

function outputOf(args: readonly string[], { success, stdout, stderr }: Deno.CommandOutput) {
  if (success) return new TextDecoder().decode(stdout);
  throw failure(args, new Error(new TextDecoder().decode(stderr).trim()));
}

function failure(args: readonly string[], cause: Error): TargetError {
  if (cause instanceof TargetError) return cause;
  return new TargetError(`ip ${args.join(" ")}: ${cause.message}`, [], { cause });
}
