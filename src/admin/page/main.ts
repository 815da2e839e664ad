/** Asks for the status once a second and shows it. */

import type { StatusReport } from "../status_report.ts";
import { byId, nameWindow, write } from "./dom.ts";
import { showFigures } from "./figures.ts";
import { duration } from "./format.ts";
import { showLimits } from "./limits.ts";
import { showReceipt } from "./receipt.ts";
import { showShutdown } from "./shutdown.ts";
import { type Headline, headlineOf, silentHeadline } from "./words.ts";

const EVERY_MS = 1_000;
const DEADLINE_MS = 3_000;

/** Names this page, so that the server waits for it when it leaves. */
const page = crypto.randomUUID();
let last: StatusReport | undefined;

async function ask(): Promise<void> {
  try {
    const signal = AbortSignal.timeout(DEADLINE_MS);
    const response = await fetch(`/status.json?watch=${page}`, { signal });
    show(last = await response.json());
  } catch {
    say(silentHeadline(last));
  }
  setTimeout(ask, EVERY_MS);
}

function show(report: StatusReport): void {
  say(headlineOf(report));
  showFigures(report);
  showLimits(report);
  byId("shutdown").hidden = report.shutdown === null;
  if (report.shutdown) showShutdown(report.shutdown, { present: report.clients.total });
  showReceipt(report.shutdown?.receipt ?? null);
  const { version, deno, uptimeMs } = report;
  write(byId("about"), `Last Call ${version} on Deno ${deno}, up for ${duration(uptimeMs)}`);
}

function say({ tone, title, sentence }: Headline): void {
  byId("page").dataset.tone = tone;
  write(byId("title"), title);
  write(byId("sentence"), sentence);
  nameWindow(title);
}

void ask();
