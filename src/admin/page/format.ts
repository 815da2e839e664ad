/** Numbers as people read them: `10 240`, `81.4 MiB`, `2.5 s`. */

/** A whole number, in groups of three from five digits on. */
export function count(n: number): string {
  const digits = String(Math.round(n));
  return digits.length < 5 ? digits : digits.replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

/** A number with as many decimals as matter at its size. */
export function decimal(n: number): string {
  return n >= 100 ? count(n) : n >= 10 ? trim(n.toFixed(1)) : trim(n.toFixed(2));
}

/** Milliseconds as a duration. */
export function duration(ms: number): string {
  if (ms < 0.05) return "0\u00a0ms";
  if (ms < 1_000) return `${ms < 10 ? trim(ms.toFixed(1)) : Math.round(ms)}\u00a0ms`;
  if (ms < 60_000) return `${trim((ms / 1_000).toFixed(ms < 10_000 ? 2 : 1))}\u00a0s`;
  return longDuration(ms);
}

/** Bytes. */
export function bytes(n: number): string {
  for (const [unit, size] of [["GiB", 2 ** 30], ["MiB", 2 ** 20], ["KiB", 2 ** 10]] as const) {
    if (n >= size) return `${decimal(n / size)}\u00a0${unit}`;
  }
  return `${n}\u00a0B`;
}

function longDuration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const parts: [number, string][] = [
    [Math.floor(minutes / 1_440), "d"],
    [Math.floor(minutes / 60) % 24, "h"],
    [minutes % 60, "min"],
  ];
  const first = parts.findIndex(([n]) => n > 0);
  return parts.slice(first, first + 2).filter(([n]) => n > 0)
    .map(([n, unit]) => `${n}\u00a0${unit}`).join(" ");
}

function trim(text: string): string {
  return text.replace(/\.?0+$/, "");
}
