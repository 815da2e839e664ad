/**
 * The page around a report: one file that asks the network for nothing and runs no script but its own.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { ReportModel } from "../model.ts";
import { SCRIPT, STYLE } from "./assets.ts";
import { Markup, markup } from "./markup.ts";

/** What a page is made of. */
export interface Page {
  title: string;
  verdict: ReportModel["verdict"];
  body: Markup;
}

/** The whole file. */
export function documentText({ title, verdict, body }: Page): string {
  return markup`<!DOCTYPE html>
<html lang="en" data-verdict="${verdict}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
${body}
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`.text;
}

/** Nothing is allowed but the style and the script that the page holds. */
function policy(): string {
  return [
    "default-src 'none'",
    `style-src '${digest(STYLE)}'`,
    `script-src '${digest(SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function digest(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
