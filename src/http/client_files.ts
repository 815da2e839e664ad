/**
 * The client library for browsers: our own TypeScript with its types stripped, no build step.
 *
 * `/client/mod.js` is `src/client/mod.ts`, and so on for every file it imports.
 */

import { STATUS_CODE } from "@std/http/status";
import { stripTypeScriptTypes } from "node:module";

const FOLDER = new URL("../client/", import.meta.url);
const files = new Map<string, string>();

/** One file of the library, by its name: `mod.js`. */
export async function clientFile(name: string): Promise<Response> {
  if (!/^[a-z0-9_]+\.js$/.test(name)) return notThere("Not found", STATUS_CODE.NotFound);
  try {
    const script = files.get(name) ?? await strip(name);
    files.set(name, script);
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
      "The client library needs --allow-read=src/client to be served",
      STATUS_CODE.ServiceUnavailable,
    );
  }
}

async function strip(name: string): Promise<string> {
  const source = await Deno.readTextFile(new URL(name.replace(/js$/, "ts"), FOLDER));
  return stripTypeScriptTypes(source).replaceAll(/(from\s+"\.\/\w+)\.ts"/g, '$1.js"');
}

function notThere(why: string, status: number): Response {
  return new Response(`${why}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}
