/**
 * What is allowed.
 *
 * @module
 */

import { type OptionTable, severalOf } from "@lastcall/lastcall";
import { type Threshold, threshold } from "../thresholds.ts";
import { codes } from "./kinds.ts";

/** What is allowed. */
export interface VerdictSettings {
  exitCodes?: number[];
  closeCodes: number[];
  thresholds?: Threshold[];
}

/** The options for it. */
export const VERDICT_SETTINGS: OptionTable<VerdictSettings> = {
  exitCodes: {
    flag: "exit-codes",
    env: "LOADTEST_EXIT_CODES",
    kind: codes(255),
    help: "Allowed exit codes of the server. Default: 0; also 3 when the mix is not all normal.",
    group: "Verdict",
  },
  closeCodes: {
    flag: "close-codes",
    env: "LOADTEST_CLOSE_CODES",
    kind: codes(4_999),
    default: "1001,1012",
    help: "Allowed close codes for normal clients.",
    group: "Verdict",
  },
  thresholds: {
    flag: "threshold",
    env: "LOADTEST_THRESHOLD",
    kind: severalOf(threshold),
    help: "A limit, see Thresholds; may be repeated. In the variable, ; is between them.",
    group: "Verdict",
  },
};
