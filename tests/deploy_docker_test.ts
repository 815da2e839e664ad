import {
  assert,
  assertEquals,
  assertGreater,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { parse } from "@std/yaml";
import { validate } from "dockerfile-utils";
import { complaint } from "../deploy/healthcheck.ts";
import { runtimeImports } from "../deploy/runtime_imports.ts";
import { parseDuration } from "../src/duration.ts";
import { Installation, INSTALLS, stagesOf, type Step } from "./deploy_installation.ts";
import { freePorts } from "./deploy_nginx.ts";
import { serve, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

const read = () => Deno.readTextFileSync("deploy/Dockerfile");
const config = () => JSON.parse(Deno.readTextFileSync("deno.json"));

/** The one instruction of the last stage with this keyword. */
function only(keyword: string): Step {
  const found = stagesOf(read()).at(-1)!.filter((step) => step.keyword === keyword);
  assertEquals(found.length, 1, keyword);
  return found[0]!;
}

const permissionsIn = (words: readonly string[]) =>
  words.filter((word) => word.startsWith("--allow-")).sort();

testThatNeeds(READS, "the Dockerfile has nothing that a checker complains about", () => {
  assertEquals(validate(read()), []);
});

testThatNeeds(READS, "the image's process gets its signals: exec form, no shell in front", () => {
  for (const keyword of ["ENTRYPOINT", "CMD", "HEALTHCHECK"]) {
    assertEquals(only(keyword).isExec, true, keyword);
  }
  assertEquals(only("STOPSIGNAL").words, ["SIGTERM"]);
  assertEquals(only("ENTRYPOINT").words[0], "/usr/bin/deno");
});

testThatNeeds(READS, "the image's user is not root, by number, for Kubernetes to see it", () => {
  const [user, group] = only("USER").words[0]!.split(":").map(Number);
  assert(user! > 0 && group! > 0);
});

testThatNeeds(READS, "the image has the permissions of the start task, and no other", () => {
  const task: string = config().tasks.start.command;
  assertEquals(permissionsIn(only("ENTRYPOINT").words), permissionsIn(task.split(" ")));
  assertEquals(permissionsIn(only("HEALTHCHECK").words), ["--allow-net=127.0.0.1:8080"]);
});

testThatNeeds(READS, "the image is built with the version of Deno that is tested", () => {
  const [from] = stagesOf(read())[0]!;
  assertEquals(from!.words[0], `denoland/deno:${Deno.version.deno}`);
});

testThatNeeds(READS, "what the image copies is there, and is let through by .dockerignore", () => {
  const lines = Deno.readTextFileSync(".dockerignore").split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const isSent = (path: string) =>
    lines.reduce((sent, line) => {
      const pattern = line.replace("!", "").replace("*", ".*");
      return new RegExp(`^${pattern}(/.*)?$`).test(path) ? line.startsWith("!") : sent;
    }, true);
  const copies = stagesOf(read()).flat().filter(({ keyword, flags }) =>
    keyword === "COPY" && !flags.some((flag) => flag.startsWith("--from"))
  );
  const sources = copies.flatMap(({ words }) => words.slice(0, -1));
  assertEquals(sources.length, 6);
  for (const source of sources) {
    Deno.statSync(source);
    assertEquals(isSent(source), true, source);
  }
  for (const path of ["tests", "data", ".git", "deploy/compose.yaml"]) {
    assertEquals(isSent(path), false, path);
  }
});

Deno.test("runtimeImports() keeps what a source names, and drops the rest", () => {
  const imports = { "a": "npm:a@1", "b/c": "npm:b@1/c.js", "d": "npm:d@1" };
  const sources = ['import { x } from "a";\nimport type {\n  y,\n} from "b/c";', "// d"];
  assertEquals(runtimeImports(imports, sources), { "a": "npm:a@1", "b/c": "npm:b@1/c.js" });
});

Deno.test("the health check says why a server is not well", async () => {
  await using server = await serve();
  assertEquals(await complaint(`${server.http}/livez`), undefined);
  assertEquals(await complaint(`${server.http}/nowhere`), "404 Not found");
  const [nobody] = freePorts(1);
  assertMatch((await complaint(`http://127.0.0.1:${nobody}/livez`))!, /./);
});

testThatNeeds(
  INSTALLS,
  "the image's commands run offline, as nobody, and leave in order",
  async () => {
    await using image = await Installation.build(read());
    const packages = await filesUnder(`${image.root}/deno-dir/npm`);
    for (const name of ["playwright-core", "axe-core", "kubernetes-models"]) {
      assertEquals(packages.filter((path) => path.includes(`/${name}/`)), [], name);
    }
    const [port] = freePorts(1);
    const server = image.command(only("ENTRYPOINT").words, {
      SERVER_PORT: String(port),
      LASTCALL_LOG_FORMAT: "json",
    }).spawn();
    let output = "";
    const reading = Promise.all([server.stdout, server.stderr].map(async (stream) => {
      for await (const part of stream.pipeThrough(new TextDecoderStream())) output += part;
    }));
    let isOver = false;
    void server.status.then(() => isOver = true);
    try {
      await until(() => isOver || output.includes("listening"), () => `the server: ${output}`);
      const check = only("HEALTHCHECK").words.map((word) => word.replaceAll("8080", String(port)));
      const health = await within(image.command(check).output(), "the health check");
      assertEquals(health.code, 0, output + new TextDecoder().decode(health.stderr));
      const page = await fetch(`http://127.0.0.1:${port}/client/mod.js`);
      await page.body?.cancel();
      assertEquals(page.status, 200);
    } finally {
      if (!isOver) server.kill("SIGTERM");
    }
    assertEquals((await within(server.status, "the exit")).code, 0, output);
    await reading;
    assertGreater((await Deno.stat(`${image.root}/app/data/lastcall.db`)).size, 0);
    // What a log in NATS needs is there, too.
    const nats = image.command(only("ENTRYPOINT").words, {
      LASTCALL_LOG: "nats://127.0.0.1/CHAT",
      NATS_CREDS: "/run/secrets/no/such.creds",
    });
    const refused = await within(nats.output(), "the end of a server without its credentials");
    assertMatch(new TextDecoder().decode(refused.stderr), /no\/such.creds: there is no such file/);
    assertEquals(refused.code, 4);
  },
);

async function filesUnder(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    paths.push(isDirectory ? `${path}/` : path);
    if (isDirectory) paths.push(...await filesUnder(path));
  }
  return paths;
}

interface Service {
  command?: string[];
  environment?: Record<string, string>;
  stop_grace_period: string;
  volumes: string[];
  healthcheck?: { test: string[] };
  networks: { chat: { ipv4_address: string } };
}

function readCompose(): { services: Record<string, Service>; networks: unknown } {
  return parse(Deno.readTextFileSync("deploy/compose.yaml")) as ReturnType<typeof readCompose>;
}

const LINTS = { permissions: ["read", "write", "env", "sys"] as Deno.PermissionName[] };

/** What is an error by the schema of the Compose Specification, or by the linter's rules; no matters of taste. */
async function composeErrors(file: string): Promise<string[]> {
  const { DCLinter } = await import("dclint");
  // It does not see that a port is bound where a variable says to which address.
  const rules = { "no-unbound-port-interfaces": 0 } as const;
  const linter = new DCLinter({ rules, quiet: true, debug: false, exclude: [] });
  return linter.lintFiles([file], false).flatMap(({ messages }) => messages)
    .filter(({ type }) => type === "error").map(({ rule, message }) => `${rule}: ${message}`);
}

testThatNeeds(
  LINTS,
  "the compose file is valid by the schema of the Compose Specification",
  async () => {
    assertEquals(await composeErrors("deploy/compose.yaml"), []);
    const wrong = await Deno.makeTempFile({ suffix: ".yaml" });
    try {
      await Deno.writeTextFile(wrong, "services:\n  a:\n    image: b:1\n    imagine: c\n");
      assertMatch((await composeErrors(wrong)).join(), /^invalid-schema/);
    } finally {
      await Deno.remove(wrong);
    }
  },
);

testThatNeeds(READS, "in compose every node has its budget and more before it is killed", () => {
  for (const name of ["node-a", "node-b"]) {
    const { environment, stop_grace_period, volumes } = readCompose().services[name]!;
    const budgetMs = parseDuration(environment!.LASTCALL_SHUTDOWN_BUDGET!)!;
    assert(parseDuration(stop_grace_period)! >= budgetMs + 5_000, name);
    assertEquals(volumes, ["data:/app/data"]);
  }
  const { nginx, "node-a": node } = readCompose().services;
  assertGreater(
    parseDuration(nginx!.stop_grace_period)!,
    parseDuration(node!.stop_grace_period)!,
  );
});

testThatNeeds(READS, "in compose clients of a node that leaves are sent to nginx", () => {
  const { services } = readCompose();
  assertEquals(
    services["node-a"]!.environment!.LASTCALL_ALTERNATES,
    "${PUBLIC_WS_URL:-ws://localhost:8080/ws}",
  );
  const conf = Deno.readTextFileSync("deploy/nginx.conf");
  for (const name of Object.keys(services).filter((name) => name !== "nginx")) {
    assertStringIncludes(conf, `server ${name}:8080 `);
  }
});

testThatNeeds(
  READS,
  "in compose the health check is the image's, but asks whether it is ready",
  () => {
    const { test } = readCompose().services["node-a"]!.healthcheck!;
    const ready = only("HEALTHCHECK").words.map((word) => word.replace("livez", "readyz"));
    assertEquals(test, ["CMD", ...ready]);
  },
);
