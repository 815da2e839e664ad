/**
 * Scripts for browsers: our own TypeScript with its types stripped, no build step.
 *
 * `/client/mod.js` is `src/client/mod.ts`, `/page/main.js` is `src/page/main.ts`, and so on for every
 * file that they import.
 */

import { STATUS_CODE } from "@std/http/status";
import { stripTypeScriptTypes } from "node:module";

const SOURCES = new URL("../", import.meta.url);
const SCRIPT = /^(?:client|page(?:\/dom)?)\/[a-z0-9_]+\.js$/;
const files = new Map<string, string>();

/** One script, by its path under `src/`: `client/mod.js`. `sources` is for tests. */
export async function scriptFile(path: string, sources = SOURCES): Promise<Response> {
  if (!SCRIPT.test(path)) return notThere("Not found", STATUS_CODE.NotFound);
  if (sources.protocol !== "file:") {
    return notThere(
      "The scripts can be served only by a server that runs from files, not from a registry",
      STATUS_CODE.ServiceUnavailable,
    );
  }
  try {
    const script = files.get(path) ?? await strip(path);
    files.set(path, script);
    return new Response(script, {
      headers: {
        "content-type": "text/javascript; charset=utf-8",
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
      },
    });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return notThere("Not found", STATUS_CODE.NotFound);
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return notThere(
      "The scripts need --allow-read=src/client,src/page to be served",
      STATUS_CODE.ServiceUnavailable,
    );
  }
}

async function strip(path: string): Promise<string> {
  const source = await Deno.readTextFile(new URL(path.replace(/js$/, "ts"), SOURCES));
  return stripTypeScriptTypes(source).replaceAll(/(from\s+"\.{1,2}\/[\w./]+)\.ts"/g, '$1.js"');
}

function notThere(why: string, status: number): Response {
  return new Response(`${why}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
