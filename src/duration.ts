/**
 * Durations as people write them: a number and a unit, `250ms`, `30s`, `2m`, `1h`.
 *
 * @module
 */

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;

/** Milliseconds for `30s`, `500ms`, `1.5m`; `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text.trim());
  if (!match) return undefined;
  return Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS];
}

/** The shortest honest text for a number of milliseconds: `0ms`, `61ms`, `2.5s`, `1m 30s`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return String(ms);
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  const seconds = Math.round(ms / 10) / 100;
  if (seconds < 60) return `${seconds}s`;
  const whole = Math.round(ms / 1_000);
  const parts = [[Math.floor(whole / 3_600), "h"], [Math.floor(whole / 60) % 60, "m"], [
    whole % 60,
    "s",
  ]] as const;
  return parts.filter(([n]) => n > 0).map(([n, unit]) => `${n}${unit}`).join(" ");
}
