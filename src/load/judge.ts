/**
 * Whether the server is overloaded: a pure function of what is measured, with a memory that keeps it from
 * flapping.
 *
 * Each resource has a soft limit (no newcomers) and a hard one (the newest clients leave). A level is
 * entered at its limit. It is left only when the value has been below a lower mark for a while.
 *
 * @module
 */

/** How loaded a resource is: below its limits, above the soft one, above the hard one. */
export const LOAD_LEVELS = ["normal", "soft", "hard"] as const;

/** One of {@linkcode LOAD_LEVELS}. */
export type LoadLevel = typeof LOAD_LEVELS[number];

/** What can be overloaded. */
export const RESOURCES = ["lag", "memory", "clients"] as const;

/** One of {@linkcode RESOURCES}: event loop lag in ms, resident memory in bytes, connections. */
export type Resource = typeof RESOURCES[number];

/** One resource's limits; a limit that is left out never applies. */
export interface Limits {
  /** From here on the server is not ready. */
  soft?: number | undefined;
  /** From here on clients are sent away. */
  hard?: number | undefined;
}

/** What is known of one resource. */
export interface ResourceState {
  /** The last value. */
  value: number;
  /** Its level. */
  level: LoadLevel;
  /** Since when the value has been below the mark of its level, in ms; `undefined` while it is not. */
  calmSince?: number | undefined;
}

/** What is known of all of them. */
export type Judgement = Readonly<Record<Resource, ResourceState>>;

/** How far a value must fall to leave a level, as a share of the limit. */
export const RELEASE: Readonly<Record<Resource, number>> = {
  lag: 0.5,
  memory: 0.95,
  clients: 0.95,
};
/** For how long it must stay there, in ms. */
export const CALM_MS = 2_000;

/** Nothing measured, nothing wrong. */
export const AT_EASE: Judgement = {
  lag: { value: 0, level: "normal" },
  memory: { value: 0, level: "normal" },
  clients: { value: 0, level: "normal" },
};

/** The next judgement, by new values. */
export function judge(
  previous: Judgement,
  values: Readonly<Record<Resource, number>>,
  { limits, nowMs }: { limits: Readonly<Record<Resource, Limits>>; nowMs: number },
): Judgement {
  const next = (resource: Resource) =>
    step(previous[resource], values[resource], {
      limits: limits[resource],
      release: RELEASE[resource],
      nowMs,
    });
  return { lag: next("lag"), memory: next("memory"), clients: next("clients") };
}

function step(
  previous: ResourceState,
  value: number,
  { limits, release, nowMs }: { limits: Limits; release: number; nowMs: number },
): ResourceState {
  const entered = levelAt(value, limits, 1);
  if (rank(entered) >= rank(previous.level)) return { value, level: entered };
  const held = levelAt(value, limits, release);
  if (rank(held) >= rank(previous.level)) return { value, level: previous.level };
  const calmSince = previous.calmSince ?? nowMs;
  return nowMs - calmSince < CALM_MS
    ? { value, level: previous.level, calmSince }
    : { value, level: held };
}

function levelAt(value: number, { soft, hard }: Limits, share: number): LoadLevel {
  if (hard !== undefined && value >= hard * share) return "hard";
  return soft !== undefined && value >= soft * share ? "soft" : "normal";
}

function rank(level: LoadLevel): number {
  return LOAD_LEVELS.indexOf(level);
}
