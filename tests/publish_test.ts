import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { scriptFile } from "../src/http/script_files.ts";
import { testThatNeeds } from "./needs.ts";

const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };
const READS = { permissions: ["read"] as Deno.PermissionName[] };
const ROOT = new URL("../", import.meta.url);

interface PackageFile {
  exports: Record<string, string>;
  imports: Record<string, string>;
  tasks: Record<string, { command: string }>;
}

async function readPackageFile(): Promise<PackageFile> {
  return JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
}

async function runDeno(...args: string[]): Promise<{ code: number; stdout: string; all: string }> {
  const command = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env: { NO_COLOR: "1" } });
  const { code, stdout, stderr } = await command.output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out!, all: out! + err! };
}

/** Files of this project, by their path in it. */
function pathsIn(urls: Iterable<string>): string[] {
  return [...urls].filter((url) => url.startsWith(ROOT.href))
    .map((url) => url.slice(ROOT.href.length));
}

testThatNeeds(
  PROCESSES,
  "the package can be published: no slow types, no warning, and it is whole",
  async () => {
    const { code, all } = await runDeno("publish", "--dry-run", "--allow-dirty");
    assertEquals(code, 0, all);
    assertStringIncludes(all, "Checking for slow types in the public API");
    assertEquals(/^(?:warning|error).*/m.exec(all)?.[0], undefined);
    const published = pathsIn([...all.matchAll(/^ +(file:\S+) \(/gm)].map(([, url]) => url!));
    const foreign = published.filter((path) =>
      !/^(?:src\/|docs\/\w+\.md$|[A-Z]+(?:\.md)?$|deno\.json$)/.test(path)
    );
    assertEquals(foreign, []);
    for (const name of ["LICENSE", "README.md", "deno.json"]) {
      assertEquals(published.includes(name), true, name);
    }
    // What a member of the workspace holds is not published, and nobody else says so.
    for (const module of Object.values((await readPackageFile()).exports)) {
      const { stdout } = await runDeno("info", "--json", module);
      const needed: { specifier: string }[] = JSON.parse(stdout).modules;
      const missing = pathsIn(needed.map(({ specifier }) => specifier))
        .filter((path) => !published.includes(path));
      assertEquals(missing, [], `${module} needs files that are not published`);
    }
  },
);

testThatNeeds(READS, "what the package imports has a registry and an exact version", async () => {
  const { imports } = await readPackageFile();
  for (const specifier of Object.values(imports)) {
    assertMatch(specifier, /^(?:npm|jsr):\/?(?:@[\w-]+\/)?[\w-]+@\d+\.\d+\.\d+(?:\/|$)/);
  }
});

testThatNeeds(READS, "all public modules have their documentation checked", async () => {
  const { exports, tasks } = await readPackageFile();
  const modules = Object.values(exports).map((path) => path.replace("./", "")).join(" ");
  assertStringIncludes(tasks.ok!.command, `deno doc --lint ${modules} &&`);
  assertStringIncludes(await Deno.readTextFile(new URL(".ci/run", ROOT)), `--lint ${modules}\n`);
});

Deno.test("scriptFile() says that a package from a registry has no scripts to serve", async () => {
  const registry = new URL("https://jsr.io/@lastcall/lastcall/0.1.0/src/");
  const { status, headers } = await scriptFile("client/mod.js", registry);
  assertEquals([status, headers.get("content-type")], [503, "text/plain; charset=utf-8"]);
});
