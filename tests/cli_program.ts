/** Runs our command-line programs, and the foreign servers that they are aimed at, as processes. */

const ROOT = new URL("..", import.meta.url).href;

/** What a program did. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** The permissions that these tests need. */
export const NEEDS = { permissions: ["run", "env", "read"] as Deno.PermissionName[] };

/** A command line that starts the foreign server in `tests/peers/`. */
export function peer(...behaviours: string[]): string {
  return `${Deno.execPath()} run -A ${ROOT}tests/peers/ws_echo.ts ${behaviours.join(" ")}`;
}

/** Starts `cli/loadtest.ts` or `cli/close.ts`. */
export function start(program: "loadtest" | "close", args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}cli/${program}.ts`, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Runs it to its end. */
export async function run(program: "loadtest" | "close", ...args: string[]): Promise<Outcome> {
  const { code, stdout, stderr } = await start(program, args).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
