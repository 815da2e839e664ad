import { assert, assertEquals } from "@std/assert";
import { stripTypeScriptTypes } from "node:module";
import { testThatNeeds } from "./needs.ts";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

/** The client's files as a browser gets them, without comments. */
function servedFiles(): { name: string; text: string }[] {
  return [...Deno.readDirSync("src/client")].map(({ name }) => {
    const text = stripTypeScriptTypes(Deno.readTextFileSync(`src/client/${name}`));
    return { name, text: text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*/gm, "") };
  });
}

testThatNeeds(READS, "src/client/ has only TypeScript whose types can be stripped", () => {
  assert(servedFiles().length > 20);
});

testThatNeeds(READS, "src/client/ imports nothing from elsewhere", () => {
  const specifiers = servedFiles().flatMap(({ text }) =>
    [...text.matchAll(/\bfrom\s+"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g)]
      .map(([, from, bare]) => from ?? bare!)
  );
  assertEquals(specifiers.filter((specifier) => !/^\.\/[a-z0-9_]+\.ts$/.test(specifier)), []);
});

testThatNeeds(READS, "src/client/ uses nothing that only Deno or Node has", () => {
  const foreign = /\b(Deno|process|Buffer|require)\b\s*[.(]/;
  assertEquals(servedFiles().filter(({ text }) => foreign.test(text)).map(({ name }) => name), []);
});
