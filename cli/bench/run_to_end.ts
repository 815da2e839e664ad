/**
 * Small helper programs: run, read what they print, done.
 *
 * @module
 */

/** What a program printed on stdout. Rejects when it fails, or takes longer than `deadlineMs`. */
export async function runToEnd(
  program: string,
  args: readonly string[],
  deadlineMs = 5_000,
): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(deadlineMs),
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  if (code === 0) return text(stdout);
  const why = text(stderr).split("\n").at(-1) || `exit code ${code}`;
  throw new Error(`Cannot run ${program} ${args[0] ?? ""}: ${why}`);
}
