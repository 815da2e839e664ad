/**
 * Journals in files: one JSON object a line.
 *
 * @module
 */

import { JOURNAL_VERSION, type JournalEvent, type RunEvent } from "./events.ts";
import { JournalError } from "./journal_error.ts";

type ByteSink = { writeSync(bytes: Uint8Array): number };

/** So much is gathered before it is written. */
const CHUNK_CHARS = 65_536;

/** Writes a journal. */
export class JournalWriter implements Disposable {
  readonly #sink: ByteSink;
  readonly #encoder = new TextEncoder();
  #text = "";

  constructor(sink: ByteSink) {
    this.#sink = sink;
  }

  /** Takes one event. */
  readonly write = (event: JournalEvent): void => {
    this.#text += JSON.stringify(event) + "\n";
    if (this.#text.length >= CHUNK_CHARS) this.flush();
  };

  /** Writes what was gathered. */
  flush(): void {
    let bytes: Uint8Array = this.#encoder.encode(this.#text);
    this.#text = "";
    while (bytes.length > 0) bytes = bytes.subarray(this.#sink.writeSync(bytes));
  }

  [Symbol.dispose](): void {
    this.flush();
  }
}

/** The events of a journal, each as it is read. Throws {@linkcode JournalError}. */
export async function* readJournal(
  bytes: ReadableStream<Uint8Array>,
): AsyncGenerator<JournalEvent, void, void> {
  let number = 0;
  for await (const line of lines(bytes)) {
    number++;
    if (line === "") continue;
    const event = parseLine(line, number);
    if (number === 1) checkHead(event);
    yield event;
  }
  if (number === 0) throw new JournalError("Cannot read the journal: it is empty");
}

function parseLine(line: string, number: number): JournalEvent {
  try {
    const event = JSON.parse(line);
    if (typeof event?.e === "string") return event;
  } catch {
    // Said below.
  }
  const start = JSON.stringify(line.slice(0, 40));
  throw new JournalError(`Cannot read the journal: line ${number} must be an event, got ${start}`);
}

function checkHead(event: JournalEvent): void {
  const { e, journal, version } = event as RunEvent;
  if (e !== "run" || journal !== "lastcall") {
    throw new JournalError(`Cannot read the journal: line 1 must be a run of lastcall, got ${e}`);
  }
  if (version !== JOURNAL_VERSION) {
    throw new JournalError(
      `Cannot read the journal: its version must be ${JOURNAL_VERSION}, got ${version}`,
    );
  }
}

/** A last line without an end counts too: a run may have been killed while it wrote. */
async function* lines(bytes: ReadableStream<Uint8Array>): AsyncGenerator<string, void, void> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream() as TransformStream)) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
  if (rest !== "") yield rest;
}
