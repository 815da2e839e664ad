/**
 * Decides what became of every message, from records alone: what publishers were told, what readers
 * were given, and the whole log as a fresh reader got it. It knows no network and no clock.
 *
 * @module
 */

import { type MessageRecords, OUTCOME } from "./message_records.ts";
import type { ReaderRecords } from "./reader_records.ts";

/** The log as a fresh reader got it, in the order in which it came. */
export interface LogCopy {
  /** The message numbers; negative ones are none of this run's. */
  ns: number[];
  /** The seq of each. */
  seqs: number[];
  /** Whether the reader got all of it; why not. */
  missing?: string;
}

/** Everything that a check looks at. */
export interface Evidence {
  messages: MessageRecords;
  readers: ReaderRecords;
  log: LogCopy;
}

/** Messages by what became of them. */
export interface MessageCounts {
  /** Fell due. */
  offered: number;
  /** Given to a client that took it. */
  sent: number;
  acknowledged: number;
  /** Known not to be in the log. */
  refused: number;
  /** Neither acknowledged nor refused. */
  unknown: number;
  /** Unknown to their publisher, and in the log. */
  recovered: number;
  /** Acknowledged and not in the log. */
  lost: number;
  /** Deliveries that were owed and did not take place, of acknowledged messages in the log. */
  undelivered: number;
  /** Messages that are in the log twice, and deliveries to readers that had the message before. */
  duplicate: number;
  /** Deliveries, and pairs of one publisher's messages, against the order of the log. */
  outOfOrder: number;
  /** In the log although never sent, or refused. */
  phantom: number;
  /** Stretches of the log that the server said it could not give to a reader. */
  gaps: number;
}

/** The counts, and the first of each wrong as a sentence. */
export interface Check {
  counts: MessageCounts;
  stories: string[];
}

/** Checks a run. */
export function check(evidence: Evidence): Check {
  const placed = placeMessages(evidence);
  const stories: string[] = [];
  const counts = {
    ...countOutcomes(evidence, placed),
    lost: countLost(evidence, placed, stories),
    undelivered: countUndelivered(evidence, placed, stories),
    duplicate: countDuplicates(evidence, placed, stories),
    outOfOrder: countDisorders(evidence, placed, stories),
    phantom: countPhantoms(evidence, placed, stories),
    gaps: evidence.readers.gaps.length,
  };
  return { counts, stories };
}

/** Where each message is in the log. */
interface Placed {
  /** Message number to its first seq. */
  seqOf: Map<number, number>;
  /** Messages that are there again, with both places. */
  again: { n: number; first: number; second: number }[];
  /** Places whose seq does not rise. */
  unsorted: { seq: number; lastSeq: number }[];
}

function placeMessages({ log: { ns, seqs } }: Evidence): Placed {
  const seqOf = new Map<number, number>();
  const again: Placed["again"] = [];
  const unsorted: Placed["unsorted"] = [];
  let lastSeq = -Infinity;
  for (const [i, n] of ns.entries()) {
    const seq = seqs[i]!;
    if (seq <= lastSeq) unsorted.push({ seq, lastSeq });
    lastSeq = Math.max(lastSeq, seq);
    const first = seqOf.get(n);
    if (n < 0) continue;
    if (first === undefined) seqOf.set(n, seq);
    else again.push({ n, first, second: seq });
  }
  return { seqOf, again, unsorted };
}

function countOutcomes({ messages }: Evidence, { seqOf }: Placed) {
  const counts = { offered: messages.offered, sent: 0, acknowledged: 0, refused: 0, unknown: 0 };
  let recovered = 0;
  for (let n = 0; n < messages.offered; n++) {
    const outcome = messages.outcome(n);
    if (outcome === OUTCOME.acknowledged) counts.acknowledged++;
    else if (outcome === OUTCOME.refused) counts.refused++;
    else if (outcome === OUTCOME.unknown) {
      counts.unknown++;
      if (seqOf.has(n)) recovered++;
    }
  }
  counts.sent = counts.acknowledged + counts.unknown;
  return { ...counts, recovered };
}

/** What is not in an incomplete copy is not known to be lost. */
function countLost({ messages, log }: Evidence, { seqOf }: Placed, stories: string[]): number {
  if (log.missing !== undefined) return 0;
  let lost = 0;
  for (let n = 0; n < messages.offered; n++) {
    if (messages.outcome(n) !== OUTCOME.acknowledged || seqOf.has(n)) continue;
    if (lost++ > 0) continue;
    const { publishers } = messages;
    stories.push(
      `lost: message ${n} of client ${n % publishers}, sent at ${seconds(messages.sentMs(n))}, ` +
        `acknowledged at ${seconds(messages.acknowledgedMs(n))}, is not in the log`,
    );
  }
  return lost;
}

function countUndelivered({ messages, readers }: Evidence, placed: Placed, stories: string[]) {
  const owed = [...placed.seqOf].filter(([n]) => messages.outcome(n) === OUTCOME.acknowledged);
  let undelivered = 0;
  for (let reader = 0; reader < readers.readers; reader++) {
    const joinSeq = readers.joinSeq(reader);
    if (joinSeq === undefined) continue;
    const gaps = readers.gaps.filter((gap) => gap.reader === reader);
    for (const [n, seq] of owed) {
      if (seq <= joinSeq || readers.has(reader, n)) continue;
      if (gaps.some(({ fromSeq, toSeq }) => seq > fromSeq && seq <= toSeq)) continue;
      if (undelivered++ > 0) continue;
      stories.push(
        `undelivered: message ${n} of client ${
          n % messages.publishers
        }, seq ${seq}, acknowledged ` +
          `at ${seconds(messages.acknowledgedMs(n))}, never reached client ${reader}, which ` +
          `joined at seq ${joinSeq} and got up to seq ${readers.lastSeq(reader)}`,
      );
    }
  }
  return undelivered;
}

function countDuplicates({ readers }: Evidence, { again }: Placed, stories: string[]): number {
  const [inLog] = again;
  const [delivered] = readers.firstDuplicates;
  if (inLog) {
    const { n, first, second } = inLog;
    stories.push(`duplicate: message ${n} is in the log at seq ${first} and at seq ${second}`);
  }
  if (delivered) {
    const { reader, n, seq, lastSeq } = delivered;
    stories.push(
      `duplicate: message ${n} was given to client ${reader} again, at seq ${seq} after ${lastSeq}`,
    );
  }
  return again.length + readers.duplicates;
}

function countDisorders(evidence: Evidence, placed: Placed, stories: string[]): number {
  const { readers } = evidence;
  const [given] = readers.firstDisorders;
  if (given) {
    const { reader, n, seq, lastSeq } = given;
    stories.push(
      `out of order: client ${reader} got message ${n} at seq ${seq} after seq ${lastSeq}`,
    );
  }
  const [unsorted] = placed.unsorted;
  if (unsorted) {
    const { seq, lastSeq } = unsorted;
    stories.push(`out of order: the fresh reader got seq ${seq} after seq ${lastSeq}`);
  }
  return readers.disorders + placed.unsorted.length + countInversions(evidence, placed, stories);
}

/** Messages that were sent when a later one in the log had been acknowledged to the same publisher. */
function countInversions({ messages }: Evidence, { seqOf }: Placed, stories: string[]): number {
  const { publishers, offered } = messages;
  let inversions = 0;
  for (let publisher = 0; publisher < publishers; publisher++) {
    const own: number[] = [];
    for (let n = publisher; n < offered; n += publishers) if (seqOf.has(n)) own.push(n);
    const sends = own.toSorted((a, b) => messages.sentMs(a) - messages.sentMs(b));
    const acknowledged = own.filter((n) => messages.outcome(n) === OUTCOME.acknowledged)
      .toSorted((a, b) => messages.acknowledgedMs(a) - messages.acknowledgedMs(b));
    let next = 0;
    let latest: number | undefined;
    for (const n of sends) {
      const sentMs = messages.sentMs(n);
      for (; next < acknowledged.length; next++) {
        const before = acknowledged[next]!;
        if (messages.acknowledgedMs(before) >= sentMs) break;
        if (latest === undefined || seqOf.get(before)! > seqOf.get(latest)!) latest = before;
      }
      if (latest === undefined || seqOf.get(latest)! < seqOf.get(n)!) continue;
      if (inversions++ > 0) continue;
      stories.push(
        `out of order: client ${publisher} sent message ${n} after message ${latest} was ` +
          `acknowledged, and it is in the log before it: seq ${seqOf.get(n)} and ${
            seqOf.get(latest)
          }`,
      );
    }
  }
  return inversions;
}

function countPhantoms({ messages }: Evidence, { seqOf }: Placed, stories: string[]): number {
  let phantoms = 0;
  for (const [n, seq] of seqOf) {
    const outcome = messages.outcome(n);
    if (outcome === OUTCOME.acknowledged || outcome === OUTCOME.unknown) continue;
    if (phantoms++ > 0) continue;
    const why = outcome === OUTCOME.refused ? "was refused" : "was never sent";
    stories.push(`phantom: message ${n} is in the log at seq ${seq} and ${why}`);
  }
  return phantoms;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(3)}s`;
}
