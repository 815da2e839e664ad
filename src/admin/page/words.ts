/** What a status means, in a few words. */

import type { ShutdownReport, StatusReport } from "../status_report.ts";
import { count, duration } from "./format.ts";

/** How a state looks. */
export type Tone = "good" | "busy" | "bad" | "over" | "silent";

/** The headline and the sentence under it. */
export interface Headline {
  tone: Tone;
  title: string;
  sentence: string;
}

const PHASE_TITLES = {
  unready: "Getting ready to leave",
  notice: "Getting ready to leave",
  drain: "Draining",
  force: "Closing who is left",
  flush: "Tidying up",
} as const;

/** What to say of a report. */
export function headlineOf(report: StatusReport): Headline {
  const { state, notReady, overload } = report;
  if (state === "done") return overHeadline(report);
  if (state !== "serving") {
    return { tone: "busy", title: PHASE_TITLES[state], sentence: leavingSentence(report) };
  }
  if (overload !== null) return overloadHeadline(report, overload);
  if (notReady === null) {
    return { tone: "good", title: "Serving", sentence: "New clients are welcome." };
  }
  return { tone: "busy", title: "Not ready", sentence: `${capital(notReady)}.` };
}

function overloadHeadline({ limits }: StatusReport, overload: string): Headline {
  const isBad = limits.some(({ level }) => level === "hard");
  const what = isBad ? "The newest clients are sent away." : "New clients are sent elsewhere.";
  return {
    tone: isBad ? "bad" : "busy",
    title: "Overloaded",
    sentence: `${capital(overload)}. ${what}`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What to say when nobody answers. */
export function silentHeadline(last: StatusReport | undefined): Headline {
  if (last?.state === "done") return overHeadline(last);
  if (last && last.state !== "serving") {
    return {
      tone: "over",
      title: "Gone",
      sentence: "The server has left; this is the last it said.",
    };
  }
  return {
    tone: "silent",
    title: "No answer",
    sentence: "The server does not answer. Still asking.",
  };
}

function overHeadline({ shutdown }: StatusReport): Headline {
  const exitCode = shutdown?.receipt?.exitCode;
  if (exitCode === 0) {
    return { tone: "over", title: "Closed", sentence: "Everybody left in order." };
  }
  const title = exitCode === 3 ? "Closed by force" : "Closed with an error";
  return { tone: "bad", title, sentence: `The exit code is ${exitCode}; the receipt says why.` };
}

function leavingSentence({ shutdown, state }: StatusReport): string {
  if (!shutdown) return "";
  if (state === "unready" || state === "notice") {
    return "Still serving, so that load balancers notice; soon nobody new is let in.";
  }
  const { total, closed, crossed, gone } = shutdown.clients;
  const left = `${count(closed + crossed + gone)} of ${count(total)} clients have left`;
  return state === "drain" ? `${left}; ${lastSlot(shutdown)}.` : `${left}.`;
}

function lastSlot({ slots }: ShutdownReport): string {
  const part = slots?.ahead.findLastIndex((n) => n > 0) ?? -1;
  if (!slots || part < 0) return "all slots have come";
  return `the last slot is in ${duration(Math.max(0, slots.partMs * (part + 1) - slots.atMs))}`;
}
