import { assertEquals } from "@std/assert";
import { testThatNeeds } from "./needs.ts";

/**
 * What may import what. Each line may import from itself and from the lines above it; a folder stands
 * for all files in it.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["src/client/"],
  ["src/page/"],
  ["src/byte_size.ts", "src/clock.ts", "src/close_codes.ts", "src/duration.ts", "src/log.ts"],
  ["src/distribution.ts", "src/turn.ts", "src/version.ts"],
  ["src/stats.ts"],
  ["src/errors.ts", "src/options/"],
  ["src/web_socket_url.ts"],
  ["src/shutdown/"],
  ["src/message_log/"],
  ["src/load/"],
  ["src/chat/"],
  ["src/http/"],
  ["src/profiles.ts"],
  ["src/config.ts"],
  ["src/chat_options.ts"],
  ["src/chat.ts"],
  ["src/metrics/", "src/tracing.ts"],
  ["src/admin/"],
  ["src/guard.ts", "src/logging.ts", "src/receipt_file.ts", "src/start_warnings.ts"],
  ["src/server.ts"],
  ["src/mod.ts"],
  ["main.ts", "cli/", "docs/"],
];

/** It is served to browsers and runs in Node: it must stand by itself. */
const ALONE = "src/client/";

const READS = { permissions: ["read"] as Deno.PermissionName[] };

testThatNeeds(READS, "imports point one way", async () => {
  const graph = await readImports();
  const wrong: string[] = [];
  for (const [file, imports] of graph) {
    for (const target of imports) {
      if (layerOf(target) > layerOf(file)) wrong.push(`${file} imports ${target}`);
    }
  }
  assertEquals(wrong, []);
});

testThatNeeds(READS, "src/client/ imports nothing but itself", async () => {
  const foreign = [...await readImports()].filter(([file]) => file.startsWith(ALONE))
    .flatMap(([, imports]) => imports).filter((target) => !target.startsWith(ALONE));
  assertEquals(foreign, []);
});

testThatNeeds(
  READS,
  "src/page/ runs in browsers: it has only the client library, and nobody has it",
  async () => {
    const wrong = [...await readImports()].flatMap(([file, imports]) => {
      const isPage = file.startsWith("src/page/");
      const allowed = isPage ? /^src\/(?:page|client)\// : /^(?!src\/page\/)/;
      return imports.filter((target) => !allowed.test(target)).map((target) =>
        `${file}: ${target}`
      );
    });
    assertEquals(wrong, []);
  },
);

testThatNeeds(READS, "there is no cycle of imports", async () => {
  const graph = await readImports();
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (path.includes(file)) throw new Error(`A cycle: ${[...path, file].join(" -> ")}`);
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
});

testThatNeeds(READS, "cli/ reaches src/ only through the public modules", async () => {
  const inner = [...await readImports()].filter(([file]) => file.startsWith("cli/"))
    .flatMap(([file, imports]) => imports.map((target) => `${file} imports ${target}`))
    .filter((line) => / imports src\/(?!(client\/)?mod\.ts)/.test(line));
  assertEquals(inner, []);
});

function layerOf(file: string): number {
  const layer = LAYERS.findIndex((names) => names.some((name) => file.startsWith(name)));
  if (layer === -1) throw new Error(`Cannot tell the layer of ${file}: add it to LAYERS`);
  return layer;
}

async function readImports(): Promise<Map<string, string[]>> {
  const graph = new Map<string, string[]>();
  for (const file of sourceFiles("src", "cli", "docs").concat("main.ts")) {
    const text = await Deno.readTextFile(file);
    const specifiers = [...text.matchAll(/^(?:import|export)\s[^;]*?from "([^"]+)"/gm)]
      .map(([, specifier]) => specifier!);
    graph.set(file, specifiers.flatMap((specifier) => resolve(specifier, file)));
  }
  return graph;
}

function resolve(specifier: string, from: string): string[] {
  if (specifier === "@lastcall/lastcall") return ["src/mod.ts"];
  if (specifier === "@lastcall/lastcall/client") return ["src/client/mod.ts"];
  if (!specifier.startsWith(".") || !specifier.endsWith(".ts")) return [];
  return [new URL(specifier, `file:///${from}`).pathname.slice(1)];
}

function sourceFiles(...folders: string[]): string[] {
  return folders.flatMap((folder) =>
    [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      return isDirectory ? sourceFiles(path) : name.endsWith(".ts") ? [path] : [];
    })
  );
}
