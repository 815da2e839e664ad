/**
 * Finds an npm package in Deno's cache, and has it downloaded where it is not there. No install script
 * runs, and neither the lock file nor the configuration of this project is touched.
 *
 * @module
 */

import { runToEnd } from "./run_to_end.ts";

const DOWNLOAD_DEADLINE_MS = 120_000;
const ISOLATED = ["--no-lock", "--no-config"];

/** The folder of a package, such as `ws@8.23.0`. Rejects with the reason when there is none. */
export async function packageFolder(name: string): Promise<string> {
  const deno = (...args: string[]) => runToEnd(Deno.execPath(), args, DOWNLOAD_DEADLINE_MS);
  await deno("cache", ...ISOLATED, `npm:${name}`);
  const info = await deno("info", ...ISOLATED, "--json", `npm:${name}`);
  const { npmPackages } = JSON.parse(info) as {
    npmPackages: Record<string, { localPath: string }>;
  };
  const found = npmPackages[name];
  if (!found) throw new Error(`Cannot find the npm package ${name} in Deno's cache`);
  return found.localPath;
}
