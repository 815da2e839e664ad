import { assert, assertEquals, assertMatch } from "@std/assert";
import { serve, until, within } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };
const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };
const EXAMPLE = "docs/examples/client_chat.ts";

testThatNeeds(READS, "docs/client.md shows exactly the program that is tested", async () => {
  const page = await Deno.readTextFile("docs/client.md");
  const program = await Deno.readTextFile(EXAMPLE);
  assert(page.includes("```ts\n" + program + "```"), "docs/client.md has another one");
});

testThatNeeds(READS, "docs/client.md has every option, error, state and cause", async () => {
  const page = await Deno.readTextFile("docs/client.md");
  const settings = await Deno.readTextFile("src/client/settings.ts");
  const options = settings.slice(0, settings.indexOf("export interface Settings"));
  const names = [...options.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name!);
  assertEquals(names.length, 17);
  for (const file of ["errors", "states"]) {
    const text = await Deno.readTextFile(`src/client/${file}.ts`);
    const unions = [...text.matchAll(/^export type[^;]*?=[\s\S]*?;$/gm)].join();
    names.push(...[...unions.matchAll(/[=|] (?:\{ name: )?"(\w+)"/g)].map(([, name]) => name!));
  }
  assertEquals(names.length, 17 + 5 + 9 + 5, names.join());
  assertEquals(names.filter((name) => !page.includes(`\`${name}\``)), []);
});

testThatNeeds(
  PROCESSES,
  "the chat example says what is typed, and shows what is said",
  async () => {
    await using server = await serve();
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--allow-net", EXAMPLE, `ws://127.0.0.1:${server.port}/ws`],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let output = "";
    const reading = (async () => {
      for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) output += text;
    })();
    const typed = child.stdin.getWriter();
    await typed.write(new TextEncoder().encode("hello\nworld\n"));
    await until(() => output.includes("I: world\n"), () => `the messages; got ${output}`);
    await typed.close();
    assertEquals((await within(child.status, "the example to exit")).code, 0);
    await reading;
    assertMatch(output, /\(live\)\nI: hello\nI: world\n\(closed\)\n$/);
  },
);
