/** Puts what the peers are made of into a folder outside the repository. */

import { runToEnd } from "../../cli/bench/run_to_end.ts";
import { BUN_PACKAGE, type Peer } from "./peers.ts";

const INSTALL_DEADLINE_MS = 180_000;
const NPM_FLAGS = ["--silent", "--no-audit", "--no-fund", "--no-save", "--ignore-scripts"];
/** Where Debian has the sources of Go packages. */
const DEBIAN_GOPATH = "/usr/share/gocode";

/** What peers find in their environment. */
export function peersEnvironment(home: string): Record<string, string> {
  const folderOfDeno = Deno.execPath().replace(/\/[^/]*$/, "");
  return {
    PEERS_HOME: home,
    NODE_PATH: `${home}/node_modules`,
    PATH: `${folderOfDeno}:${Deno.env.get("PATH")}`,
  };
}

/** Installs and builds whatever `peers` need. Rejects with the reason when that fails. */
export async function prepare(peers: readonly Peer[], home: string): Promise<void> {
  const packages = [...new Set(peers.flatMap(({ packages = [] }) => packages))];
  if (packages.length > 0) {
    const args = ["install", ...NPM_FLAGS, "--prefix", home, ...packages];
    await runToEnd("npm", args, INSTALL_DEADLINE_MS);
  }
  const starts = (file: string) =>
    peers.some(({ command }) => command?.startsWith(`"$PEERS_HOME/${file}"`));
  if (starts("bun")) {
    const program = `${home}/node_modules/${BUN_PACKAGE}/bin/bun`;
    await runToEnd("ln", ["-sf", program, `${home}/bun`]);
  }
  if (starts("gorilla_chat")) {
    const environment = ["GO111MODULE=off", `GOPATH=${DEBIAN_GOPATH}`];
    const build = ["go", "build", "-o", `${home}/gorilla_chat`, "tests/peers/gorilla_chat.go"];
    await runToEnd("env", [...environment, ...build], INSTALL_DEADLINE_MS);
  }
}

/** The versions of a peer's programs, or nothing where one is missing. */
export async function versionsOf({ needs }: Peer): Promise<string | undefined> {
  if (!needs) return "";
  const said = await runToEnd("sh", ["-c", needs]).catch(() => undefined);
  return said?.replaceAll(/\s+/g, " ");
}
