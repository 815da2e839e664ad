/**
 * Takes out of `deno.json` the imports that the server does not use, such as a browser's driver for tests.
 * `deno cache` fetches everything that is imported there by npm name, and `deno run` does not start without.
 * Run while an image is built, in a copy: `runtime_imports.ts CONFIG FILE_OR_FOLDER...`.
 *
 * @module
 */

const FROM = /^(?:import|export)\s[^;]*?from "([^"]+)"/gm;

/** The imports of a `deno.json` that these sources name. Integrity stays with `deno.lock`. */
export function runtimeImports(
  imports: Readonly<Record<string, string>>,
  sources: readonly string[],
): Record<string, string> {
  const used = new Set(
    sources.flatMap((text) => [...text.matchAll(FROM)].map(([, specifier]) => specifier!)),
  );
  return Object.fromEntries(Object.entries(imports).filter(([name]) => used.has(name)));
}

function* typescriptFiles(path: string): Generator<string> {
  if (Deno.statSync(path).isFile) return yield path;
  for (const { name, isDirectory } of Deno.readDirSync(path)) {
    if (isDirectory) yield* typescriptFiles(`${path}/${name}`);
    else if (name.endsWith(".ts")) yield `${path}/${name}`;
  }
}

if (import.meta.main) {
  const [file = "deno.json", ...paths] = Deno.args;
  const config = JSON.parse(Deno.readTextFileSync(file));
  const sources = paths.flatMap((path) => [...typescriptFiles(path)]).map((one) =>
    Deno.readTextFileSync(one)
  );
  config.imports = runtimeImports(config.imports, sources);
  Deno.writeTextFileSync(file, JSON.stringify(config, null, 2) + "\n");
}
