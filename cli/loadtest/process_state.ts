/**
 * Whether a process stands still, as the system sees it.
 *
 * @module
 */

/**
 * The state of a process: `T` when it is stopped, `undefined` when there is none. It is asked of a
 * program, since Deno itself reads in `/proc` only with every permission.
 */
export async function processState(pid: number): Promise<string | undefined> {
  const isLinux = Deno.build.os === "linux";
  const [program, ...args] = isLinux
    ? ["cat", `/proc/${pid}/stat`]
    : ["ps", "-o", "state=", "-p", String(pid)];
  const { success, stdout } = await new Deno.Command(program!, { args, stderr: "null" }).output();
  if (!success) return undefined;
  const text = new TextDecoder().decode(stdout);
  return isLinux ? stateIn(text) : text.trim()[0];
}

/** The state in a line of `/proc/PID/stat`: `7 (a name, with anything in it) T 1 …`. */
export function stateIn(stat: string): string | undefined {
  return /^\d+ \(.*\) ([A-Za-z])/s.exec(stat)?.[1];
}
