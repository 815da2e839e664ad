/**
 * Looks at values that came from the network.
 */

/** A parsed JSON object, of which nothing is known. */
export type Fields = Readonly<Record<string, unknown>>;

/** What is wrong with a frame. */
export interface WrongFrame {
  /** It, as a sentence. */
  wrong: string;
}

/** The object in a JSON text; `undefined` for anything else. Never throws. */
export function parseObject(text: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isIntegerFrom(min: number, value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= min;
}

/** A length of time: finite and not negative. */
export function isDuration(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

export function isNonEmptyString(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** "Cannot X: Y must be Z, got V". */
export function mustBe(doing: string, what: string, got: unknown): string {
  return `Cannot ${doing}: ${what}, got ${show(got)}`;
}

const SHOWN = 80;

function show(value: unknown): string {
  const text = shownWhole(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function shownWhole(value: unknown): string {
  if (value === undefined) return "nothing";
  try {
    return JSON.stringify(value) ?? typeof value;
  } catch {
    return typeof value;
  }
}
