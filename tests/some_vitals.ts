import type { Vitals } from "../src/metrics/readings.ts";
import { Stats } from "../src/stats.ts";

/** A server that has seen something of everything. */
export function someVitals(): Vitals {
  const stats = new Stats();
  for (
    const [name, count] of Object.entries({
      "accepted": 40,
      "duplicate": 2,
      "delivered": 400,
      "joined": 12,
      "welcomed": 9,
      "resumed": 3,
      "shed": 1,
      "rejected.rate_limited": 5,
      "discarded.not_json": 6,
      "refused.full": 7,
      "closes.1012.closed_by_us": 8,
      "closes.other.application_close": 1,
      "ended.closed_by_us": 9,
      "drain.answered": 3,
    })
  ) stats.add(name, count);
  for (const n of [1, 3, 700]) stats.batchMessages.observe(n);
  stats.batchSeconds.observe(0.002);
  stats.appendSeconds.observe(2);
  return {
    version: "1.2.3",
    deno: "2.9.6",
    startedAtMs: 1_700_000_000_500,
    clients: { joining: 1, open: 2, lagging: 3, leaving: 4, closing: 5 },
    maxClients: 10_000,
    rooms: 2,
    stats,
    lagMs: 12.5,
    levels: { lag: "normal", memory: "soft", clients: "hard" },
    memory: { rss: 50_000_000, heapUsed: 5_000_000 },
    cpuSeconds: 1.5,
    log: { isAvailable: true, bytes: 4_096 },
    alternates: ["ws://a.example/ws", "ws://b.example/ws"],
    phases: [{ name: "unready", durationMs: 5_000 }, { name: "drain", durationMs: 250 }],
  };
}
