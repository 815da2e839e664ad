import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import { parseDuration } from "../src/duration.ts";
import { parseLogSpec } from "../src/message_log/open_log.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
const LINTS = { permissions: ["read", "write", "env", "sys"] as Deno.PermissionName[] };
const SERVERS = {
  permissions: ["run", "read", "write"] as Deno.PermissionName[],
  programs: ["nats-server"],
};
const FILE = "deploy/compose.nats.yaml";
const NODES = ["node-a", "node-b"];
const NATS = ["nats-1", "nats-2", "nats-3"];

// deno-lint-ignore no-explicit-any -- a compose file, as it is
const servicesOf = (file: string): Record<string, any> =>
  (parse(Deno.readTextFileSync(file)) as ReturnType<typeof servicesOf>).services;

testThatNeeds(LINTS, `${FILE} is valid by the schema of the Compose Specification`, async () => {
  const { DCLinter } = await import("dclint");
  const rules = { "no-unbound-port-interfaces": 0 } as const;
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
  const errors = linter.lintFiles([FILE], false).flatMap(({ messages }) => messages)
    .filter(({ type }) => type === "error").map(({ rule, message }) => `${rule}: ${message}`);
  assertEquals(errors, []);
});

testThatNeeds(READS, `in ${FILE} the nodes keep messages in all servers of NATS`, () => {
  const services = servicesOf(FILE);
  assertEquals(Object.keys(services), [...NATS, ...NODES, "nginx"]);
  for (const name of NODES) {
    const { environment, volumes, depends_on, stop_grace_period } = services[name];
    assertEquals(parseLogSpec(environment.LASTCALL_LOG), {
      ...{ kind: "nats", tls: false, stream: "CHAT" } as const,
      servers: NATS.map((server) => `${server}:4222`),
    });
    assertEquals([environment.LASTCALL_NATS_REPLICAS, volumes], ["3", undefined]);
    assertEquals(Object.keys(depends_on), NATS);
    const budgetMs = parseDuration(environment.LASTCALL_SHUTDOWN_BUDGET)!;
    assert(parseDuration(stop_grace_period)! >= budgetMs + 10_000);
  }
  for (const name of NATS) {
    assertEquals([services[name].networks, services[name].volumes], [["log"], [`${name}:/data`]]);
    assertEquals(services[name].ports, undefined);
  }
});

testThatNeeds(READS, `in ${FILE} nginx and the health check are those of one file`, () => {
  const [ours, other] = [servicesOf(FILE), servicesOf("deploy/compose.yaml")];
  const { networks: _ours, ...nginx } = ours.nginx;
  const { networks: _other, ...otherNginx } = other.nginx;
  assertEquals(nginx, otherNginx);
  const { test } = ours["node-a"].healthcheck;
  assertEquals(test, other["node-a"].healthcheck.test);
});

testThatNeeds(SERVERS, `nats-server takes the flags of ${FILE}`, async () => {
  const services = servicesOf(FILE);
  for (const name of NATS) {
    const flags: string[] = services[name].command;
    assert(flags.includes(`--server_name=${name}`), name);
    // It reads them all, and then misses a file to check; of one that it does not know it says that instead.
    const { stderr } = await new Deno.Command("nats-server", {
      args: ["-t", ...flags],
      stdin: "null",
      signal: AbortSignal.timeout(20_000),
    }).output();
    assertMatch(new TextDecoder().decode(stderr), /must specify \[-c, --config\]/);
  }
});
