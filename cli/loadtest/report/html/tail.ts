/**
 * The end of a report: what servers said last, and how to judge it again.
 *
 * @module
 */

import type { ReportModel } from "../model.ts";
import { heading, type Markup, markup } from "./markup.ts";

/** The last output of each server. */
export function outputs({ outputs: all }: ReportModel, level: number): Markup[] {
  return all.filter(({ lines }) => lines.length > 0).map(({ title, lines }) =>
    markup`<section>${heading(level, title)}
<pre class="output">${lines.join("\n")}</pre>
</section>`
  );
}

/** The command that judges the journal once more. */
export function again({ again: command }: ReportModel, level: number): Markup | undefined {
  if (command === undefined) return undefined;
  return markup`<section>${heading(level, "To judge this run again")}
<div class="command"><pre><code>${command}</code></pre>
<button type="button" class="copy" hidden>Copy</button></div>
</section>`;
}
