/**
 * A story as text.
 *
 * @module
 */

import { formatDuration } from "@lastcall/lastcall";
import { noPaint, type Paint } from "../loadtest/paint.ts";
import { tableLines } from "../loadtest/text_table.ts";
import type { Story } from "./story.ts";
import type { Trace } from "./trace.ts";

/** What the ending is called, and the colour of it. */
const ENDINGS = {
  proper: ["PROPER", "green"],
  cut: ["CUT", "red"],
  unanswered: ["UNANSWERED", "red"],
  illegal: ["ILLEGAL", "red"],
  refused: ["NOT CONNECTED", "red"],
} as const;

const TIME_WIDTH = 6;

/** The whole output. */
export function storyText(trace: Trace, story: Story, paint: Paint = noPaint): string {
  const [word, colour] = ENDINGS[story.ending];
  const steps = tableLines(
    story.steps.map(({ atMs, text }) => [formatDuration(atMs).padStart(TIME_WIDTH), text]),
  );
  return [
    `${paint(colour, paint("bold", word))}  ${story.conclusion}`,
    [paint("bold", trace.url), ...steps].join("\n"),
    ...headerSection(trace, paint),
  ].join("\n\n") + "\n";
}

function headerSection({ handshake }: Trace, paint: Paint): string[] {
  if (handshake.how === "failed") return [];
  const lines = tableLines(Object.entries(handshake.headers)).map((line) => `  ${line}`);
  return [[paint("bold", "Response headers"), ...lines].join("\n")];
}
