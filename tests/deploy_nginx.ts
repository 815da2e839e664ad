/** nginx with the real `deploy/nginx.conf`, at other ports, in front of other nodes. */

import { until, within } from "./harness.ts";
import type { Needs } from "./needs.ts";

/** What such a test needs. */
export const NGINX: Needs = {
  permissions: ["run", "read", "write", "env"],
  programs: ["nginx"],
};

/** Ports that nobody listens on, below those that the system gives to clients. */
export function freePorts(count: number): number[] {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 10_000);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      ports.add(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return [...ports];
}

/** The configuration with this proxy's port and folder, and these nodes. */
export function configFor(
  text: string,
  { port, nodes, folder }: { port: number; nodes: [number, number]; folder: string },
): string {
  const changes: [string | RegExp, string][] = [
    ["listen 8080;", `listen 127.0.0.1:${port};`],
    ["server node-a:8080 ", `server 127.0.0.1:${nodes[0]} `],
    ["server node-b:8080 ", `server 127.0.0.1:${nodes[1]} `],
    [/ \/tmp\//g, ` ${folder}/`],
    // Whoever starts it may open fewer files than a server may.
    [/^worker_rlimit_nofile .*$/m, ""],
    ["worker_connections 16384;", "worker_connections 1024;"],
  ];
  return changes.reduce((conf, [from, to]) => {
    const changed = conf.replace(from, to);
    if (changed === conf) throw new Error(`Cannot find in deploy/nginx.conf: ${from}`);
    return changed;
  }, text);
}

/** A running nginx. */
export class Nginx implements AsyncDisposable {
  /** Where clients connect. */
  readonly url: string;
  /** The same, for pages. */
  readonly http: string;
  readonly #process: Deno.ChildProcess;
  readonly #folder: string;

  private constructor(process: Deno.ChildProcess, port: number, folder: string) {
    this.#process = process;
    this.#folder = folder;
    this.url = `ws://127.0.0.1:${port}/ws`;
    this.http = `http://127.0.0.1:${port}`;
  }

  /** Starts it in front of nodes at these ports; resolves when it listens. */
  static async start(...nodes: [number, number]): Promise<Nginx> {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-nginx-" });
    // Its workers run as somebody else when it is started by root.
    await Deno.chmod(folder, 0o777);
    const [port] = freePorts(1) as [number];
    const text = await Deno.readTextFile(new URL("../deploy/nginx.conf", import.meta.url));
    await Deno.writeTextFile(`${folder}/nginx.conf`, configFor(text, { port, nodes, folder }));
    const process = new Deno.Command("nginx", {
      args: ["-p", folder, "-c", `${folder}/nginx.conf`, "-e", "stderr", "-g", "daemon off;"],
      ...{ stdin: "null", stdout: "null", stderr: "null" } as const,
    }).spawn();
    const nginx = new Nginx(process, port, folder);
    try {
      await nginx.#listens();
      return nginx;
    } catch (error) {
      await nginx[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Reads the configuration anew: old workers stay for the connections that they have. */
  reload(): void {
    this.#process.kill("SIGHUP");
  }

  async #listens(): Promise<void> {
    let isUp = false;
    let isOver = false;
    void this.#process.status.then(() => isOver = true);
    const knocking = (async () => {
      while (!isUp && !isOver) {
        // Nothing of the nodes is needed for this.
        isUp = await fetch(`${this.http}/livez`).then(async (response) => {
          await response.body?.cancel();
          return true;
        }, () => false);
      }
    })();
    await until(() => isUp || isOver, () => "nginx to listen");
    await knocking;
    if (isOver) throw new Error("Cannot start nginx: it ended; is deploy/nginx.conf valid?");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It is gone already.
    }
    await within(this.#process.status, "the end of nginx");
    await Deno.remove(this.#folder, { recursive: true });
  }
}
