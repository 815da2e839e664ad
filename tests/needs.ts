/**
 * Tests that need more than the network say so. Where a permission or a program is missing the test
 * is left out, and its name in the report says why; with `CI=true` it fails instead.
 */

/** What a test may need: permissions of the process, and programs on the PATH. */
export interface Needs {
  permissions?: Deno.PermissionName[];
  programs?: string[];
  /** The user must be root. */
  root?: true;
}

/** What a test in a real browser needs. */
export const BROWSER: Needs = {
  // Playwright looks into /proc/sys, which Deno opens to nothing less than --allow-all: ffi shows that.
  permissions: ["run", "read", "write", "env", "sys", "ffi"],
  programs: ["chromium"],
};

/** What is missing here, as words for the report. */
export function missing(needs: Needs): string[] {
  const granted = (name: Deno.PermissionName) =>
    Deno.permissions.querySync({ name } as Deno.PermissionDescriptor).state === "granted";
  const asks = needs.programs || needs.root ? ["run" as const] : [];
  const permissions = [...needs.permissions ?? [], ...asks];
  const lacking = [...new Set(permissions)].filter((name) => !granted(name))
    .map((name) => `--allow-${name}`);
  if (lacking.length > 0) return lacking;
  const absent = (needs.programs ?? []).filter((program) => !onPath(program));
  return [...absent, ...needs.root && !isRoot() ? ["root"] : []];
}

/** `Deno.test` for a test that needs more than `--allow-net`. */
export function testThatNeeds(
  needs: Needs,
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  const lacking = missing(needs);
  if (lacking.length === 0) return Deno.test(name, fn);
  const reason = `needs ${lacking.join(", ")}`;
  if (everyTestMustRun()) {
    Deno.test(name, () => {
      throw new Error(`Cannot leave this test out when CI=true: it ${reason}`);
    });
  } else {
    // The reason stands in the name, which the report shows.
    Deno.test({ name: `${name} [left out: ${reason}]`, ignore: true, fn });
  }
}

function everyTestMustRun(): boolean {
  return Deno.permissions.querySync({ name: "env", variable: "CI" }).state === "granted" &&
    Deno.env.get("CI") === "true";
}

function isRoot(): boolean {
  const { stdout } = new Deno.Command("id", { args: ["-u"], stderr: "null" }).outputSync();
  return new TextDecoder().decode(stdout).trim() === "0";
}

function onPath(program: string): boolean {
  try {
    return new Deno.Command("sh", {
      args: ["-c", `command -v "$1"`, "sh", program],
      stdout: "null",
      stderr: "null",
    }).outputSync().success;
  } catch {
    return false;
  }
}
