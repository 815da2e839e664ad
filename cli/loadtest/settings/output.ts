/**
 * Where results go.
 *
 * @module
 */

import { choice, onOff, type OptionTable, text } from "@lastcall/lastcall";

/** Where results go. */
export interface OutputSettings {
  json?: string;
  html?: string;
  journal?: string;
  progress: "auto" | "tty" | "plain" | "none";
  quiet: boolean;
  color: boolean;
}

/** The options for it. */
export const OUTPUT_SETTINGS: OptionTable<OutputSettings> = {
  json: {
    flag: "json",
    env: "LOADTEST_JSON",
    kind: text("FILE", "a file name or -"),
    help: "Also write the report as JSON; - is stdout, and the text goes to stderr.",
    group: "Output",
  },
  html: {
    flag: "html",
    env: "LOADTEST_HTML",
    kind: text("FILE", "a file name or -"),
    help: "Also write the report as one HTML file with charts; - is stdout.",
    group: "Output",
  },
  journal: {
    flag: "journal",
    env: "LOADTEST_JOURNAL",
    kind: text("FILE", "a file name or -"),
    help: "Write down everything seen, one JSON object a line; - is stdout.",
    group: "Output",
  },
  progress: {
    flag: "progress",
    env: "LOADTEST_PROGRESS",
    kind: choice("auto", "tty", "plain", "none"),
    default: "auto",
    help: "On stderr: tty redraws one line, plain writes one each 5 s, auto asks the terminal.",
    group: "Output",
  },
  quiet: {
    flag: "quiet",
    env: "LOADTEST_QUIET",
    kind: onOff,
    default: "false",
    help: "No plan, no progress, and only the verdict of the report.",
    group: "Output",
  },
  color: {
    flag: "color",
    kind: onOff,
    default: "true",
    help: "Colours on a terminal. --no-color, or NO_COLOR set: none.",
    group: "Output",
  },
};
