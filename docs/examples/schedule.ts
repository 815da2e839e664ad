// The schedule by itself: who leaves when, for whatever has to leave.
import { DEFAULT_BUDGET, planShutdown, scheduleExits } from "@lastcall/lastcall";

const workers = ["ada", "grace", "edsger", "barbara"];
const plan = planShutdown({ ...DEFAULT_BUDGET, minRate: 2 }, workers.length);
const slots = scheduleExits(workers, { strategy: "paced", windowMs: plan.windowMs });

for (const { client, offsetMs } of slots) {
  console.log(`${client} leaves ${Math.round(offsetMs)} ms after the drain begins`);
}
