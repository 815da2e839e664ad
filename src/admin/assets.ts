/**
 * The files of the status page. They are part of the program, so they need no permission to be read; the
 * scripts are our own TypeScript with its types stripped, no build step.
 */

import { stripTypeScriptTypes } from "node:module";
import format from "./page/format.ts" with { type: "text" };
import dom from "./page/dom.ts" with { type: "text" };
import figures from "./page/figures.ts" with { type: "text" };
import limits from "./page/limits.ts" with { type: "text" };
import main from "./page/main.ts" with { type: "text" };
import receipt from "./page/receipt.ts" with { type: "text" };
import shutdown from "./page/shutdown.ts" with { type: "text" };
import words from "./page/words.ts" with { type: "text" };
import page from "./page/status.html" with { type: "text" };
import style from "./page/status.css" with { type: "text" };

const SCRIPTS: Readonly<Record<string, string>> = {
  dom,
  figures,
  format,
  limits,
  main,
  receipt,
  shutdown,
  words,
};

/** Nothing from elsewhere, and nothing inline. */
const POLICY = "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const stripped = new Map<string, string>();

/** The file at a path, ready to be answered; `undefined` when there is none. */
export function asset(pathname: string): (() => Response) | undefined {
  if (pathname === "/status") return () => file(page, "text/html");
  if (pathname === "/status/style.css") return () => file(style, "text/css");
  const name = /^\/status\/([a-z]+)\.js$/.exec(pathname)?.[1];
  if (name === undefined || !Object.hasOwn(SCRIPTS, name)) return undefined;
  return () => file(script(name), "text/javascript");
}

function script(name: string): string {
  const known = stripped.get(name);
  if (known !== undefined) return known;
  const text = stripTypeScriptTypes(SCRIPTS[name]!).replaceAll(/(from\s+"\.\/\w+)\.ts"/g, '$1.js"');
  stripped.set(name, text);
  return text;
}

function file(body: string, type: string): Response {
  return new Response(body, {
    headers: {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": POLICY,
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
