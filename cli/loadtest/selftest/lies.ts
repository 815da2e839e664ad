/**
 * Each fault and the conduct that commits it.
 *
 * @module
 */

import { Conduct } from "./conduct.ts";
import type { FaultName } from "./faults.ts";
import * as closing from "./lies_closing.ts";
import * as logging from "./lies_logging.ts";
import * as resuming from "./lies_resuming.ts";
import * as telling from "./lies_telling.ts";

/** The conducts by the names of their faults. */
export const LIES: Record<FaultName, typeof Conduct> = {
  healthy: Conduct,
  busy: logging.Busy,
  refuses: logging.Refuses,
  overlaps: resuming.Overlaps,
  loses: logging.Loses,
  forgets: logging.Forgets,
  skips: telling.Skips,
  "leaves-hole": resuming.LeavesHole,
  "appends-twice": logging.AppendsTwice,
  "tells-twice": telling.TellsTwice,
  swaps: telling.Swaps,
  rewrites: telling.Rewrites,
  diverges: telling.Diverges,
  "keeps-refused": logging.KeepsRefused,
  invents: logging.Invents,
  corrupts: telling.Corrupts,
  trims: resuming.Trims,
  cuts: closing.Cuts,
  "cuts-one": closing.CutsOne,
  "closes-1000": closing.Closes1000,
  "closes-4000": closing.Closes4000,
  "closes-early": closing.ClosesEarly,
  "talks-on": closing.TalksOn,
  "acks-late": closing.AcksLate,
  admits: closing.Admits,
  "exits-7": closing.Exits7,
  lingers: closing.Lingers,
  crashes: closing.Crashes,
  "stays-away": closing.StaysAway,
  "hides-log": resuming.HidesLog,
  "says-nothing": logging.SaysNothing,
};
