import { assertEquals, assertMatch } from "@std/assert";
import { NatsCluster } from "../cli/loadtest/nats/cluster.ts";
import project from "../deno.json" with { type: "json" };
import { until, within } from "./harness.ts";
import { makeAuthority, signedBy } from "./nats_certificates.ts";
import { makeOperator } from "./nats_operator.ts";
import { testThatNeeds } from "./needs.ts";

const SERVERS = {
  permissions: ["run", "read", "write", "env", "sys"] as Deno.PermissionName[],
  programs: ["nats-server", "openssl"],
};

/** The server with the permissions of `deno task start`, where `data` is in `folder`. */
function start(folder: string, flags: string[], env: Record<string, string> = {}) {
  const words = project.tasks.start.command.split(" ").slice(1, -1);
  const main = new URL("../main.ts", import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: [...words, main, "--listen", "127.0.0.1:0", "--log-format", "text", ...flags],
    cwd: folder,
    env: { NO_COLOR: "1", ...env },
    ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
    signal: AbortSignal.timeout(30_000),
  }).spawn();
}

/** How it ends, where it cannot start. */
async function end(server: Deno.ChildProcess): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await server.output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

testThatNeeds(
  SERVERS,
  "with the permissions of the start task the server gets as far as NATS lets it",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-nats-" });
    try {
      await Deno.mkdir(`${folder}/data`);
      const authority = await makeAuthority(`${folder}/data`, "ca");
      const names = { name: "server", names: "IP:127.0.0.1" };
      const { cert, key } = await signedBy(authority, folder, names);
      await using cluster = await NatsCluster.start({
        folder: `${folder}/servers`,
        config: {
          authorization: { user: "me", password: "geheim" },
          tls: { cert_file: cert, key_file: key },
        },
      });
      const { address } = cluster.members[0]!;
      const log = ["--log", `tls://me:f4lsch@${address}/CHAT`, "--nats-ca"];
      assertEquals(await end(start(folder, [...log, "data/ca.pem"])), {
        code: 4,
        stderr: `Cannot open the message log tls://${address}/CHAT: ` +
          "the server refuses the user and the password (Authorization Violation)\n",
      });
      const outside = await end(start(folder, [...log, `${folder}/ca.pem`]));
      assertEquals(outside.code, 4);
      assertMatch(
        outside.stderr,
        /^Cannot open .*: cannot read \S+: --allow-read does not cover it/,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

testThatNeeds(
  SERVERS,
  "with the permissions of the start task the server serves and leaves on a log in NATS",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "lastcall-nats-" });
    try {
      await Deno.mkdir(`${folder}/data`);
      const operator = await makeOperator();
      await Deno.writeTextFile(`${folder}/data/user.creds`, await operator.creds());
      const config = operator.config;
      await using cluster = await NatsCluster.start({ folder: `${folder}/servers`, config });
      const server = start(folder, [], {
        LASTCALL_LOG: `${cluster.url}/CHAT`,
        NATS_CREDS: "data/user.creds",
      });
      let printed = "";
      const reading = Promise.all([server.stdout, server.stderr].map(async (stream) => {
        for await (const part of stream.pipeThrough(new TextDecoderStream())) printed += part;
      }));
      let isOver = false;
      void server.status.then(() => isOver = true);
      await until(() => isOver || printed.includes("Listening on"), () => `it: ${printed}`);
      if (!isOver) server.kill("SIGTERM");
      assertEquals((await within(server.status, "the exit")).code, 0, printed);
      await reading;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
