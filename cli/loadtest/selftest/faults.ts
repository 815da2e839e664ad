/**
 * What the faulty server can be told to do, and what the load test must say of it. Plain data.
 *
 * A run must find what was planted and nothing else. `also` names what a fault brings with it: a client
 * that gets messages in the wrong order leaves one of them out, so that one is undelivered as well.
 *
 * @module
 */

import type { Finding } from "../check/findings.ts";

/** What a run must come to. */
export interface Expectation {
  verdict: "pass" | "fail" | "unknown";
  exitCode: 0 | 10 | 11 | 12;
  finding: Finding | "none";
  /** What may be found besides. Default: nothing. */
  also?: readonly Finding[];
}

/** A fault to plant. */
export interface Fault {
  name: string;
  /** What the server does, in a sentence. */
  what: string;
  expect: Expectation;
  /** How many servers it takes. Default: 1. */
  instances?: number;
}

const PASS: Expectation = { verdict: "pass", exitCode: 0, finding: "none" };

function fail(finding: Finding, ...also: Finding[]): Expectation {
  return { verdict: "fail", exitCode: 10, finding, ...also.length > 0 ? { also } : {} };
}

function unknown(finding: Finding, ...also: Finding[]): Expectation {
  return { verdict: "unknown", exitCode: 11, finding, ...also.length > 0 ? { also } : {} };
}

/** All of them. What is right and only looks wrong comes first: nothing must be found there. */
export const FAULTS = [
  { name: "healthy", what: "It does nothing wrong.", expect: PASS, instances: 2 },
  {
    name: "busy",
    what: "It rejects some publishes at first and asks for them again.",
    expect: PASS,
  },
  { name: "refuses", what: "It refuses some publishes for good.", expect: PASS },
  { name: "overlaps", what: "On resume it tells the last messages once more.", expect: PASS },

  {
    name: "loses",
    what: "It acknowledges a publish and does not put it into the log.",
    expect: fail("lost"),
  },
  {
    name: "forgets",
    what: "After its restart the last messages before it are gone from its log.",
    expect: fail("lost"),
  },
  { name: "skips", what: "It leaves out a message for one reader.", expect: fail("undelivered") },
  {
    name: "leaves-hole",
    what: "On resume it says that nothing is missed, and leaves out a message.",
    expect: fail("undelivered"),
  },
  { name: "appends-twice", what: "It appends a publish twice.", expect: fail("duplicate") },
  {
    name: "tells-twice",
    what: "It tells a reader a message again, at a seq of its own.",
    expect: fail("duplicate"),
  },
  {
    name: "swaps",
    what: "It tells a reader a message after one with a higher seq.",
    expect: fail("disorder", "undelivered"),
  },
  {
    name: "rewrites",
    what: "It puts a publish before an acknowledged one of the same client in the log.",
    expect: fail("disorder", "diverged"),
  },
  {
    name: "diverges",
    what: "It tells a reader two messages each at the other's seq.",
    expect: fail("diverged"),
  },
  {
    name: "keeps-refused",
    what: "It refuses a publish for good, and appends it.",
    expect: fail("phantom"),
  },
  {
    name: "invents",
    what: "It appends a message that nobody sent.",
    expect: fail("phantom"),
  },
  {
    name: "corrupts",
    what: "It alters a message for one reader.",
    expect: fail("phantom", "undelivered", "diverged"),
  },
  {
    name: "trims",
    what: "It tells one client that messages were missed while it was away.",
    expect: { verdict: "fail", exitCode: 12, finding: "gap" },
  },

  {
    name: "cuts",
    what: "At SIGTERM it exits with 0 at once, without a Close frame.",
    expect: fail("close"),
  },
  { name: "cuts-one", what: "As it leaves it cuts one client.", expect: fail("close") },
  { name: "closes-1000", what: "It leaves with Close 1000.", expect: fail("close") },
  { name: "closes-4000", what: "It leaves with Close 4000.", expect: fail("close") },
  { name: "closes-early", what: "It closes a client before any signal.", expect: fail("close") },
  { name: "talks-on", what: "It sends a frame after its Close frame.", expect: fail("close") },
  {
    name: "acks-late",
    what: "It acknowledges publishes after its Close frame.",
    expect: fail("close"),
  },
  {
    name: "admits",
    what: "It welcomes newcomers while it leaves, instead of 503.",
    expect: fail("upgrade"),
  },

  { name: "exits-7", what: "It leaves in order and exits with 7.", expect: fail("exit") },
  { name: "lingers", what: "It closes all connections and does not exit.", expect: fail("exit") },
  {
    name: "crashes",
    what: "It exits with 0 before any signal.",
    expect: fail("exit", "close", "evidence"),
  },
  {
    name: "stays-away",
    what: "It cannot be started again.",
    expect: fail("exit", "close", "evidence", "unseen"),
  },

  {
    name: "hides-log",
    what: "Who reads the log from its beginning is told that it is no longer kept.",
    expect: unknown("unseen"),
  },
  { name: "says-nothing", what: "It never acknowledges.", expect: unknown("evidence") },
] as const satisfies readonly Fault[];

/** The name of a fault. */
export type FaultName = typeof FAULTS[number]["name"];

/** Whether a fault has this name. */
export function isFaultName(name: string): name is FaultName {
  return FAULTS.some((fault) => fault.name === name);
}
