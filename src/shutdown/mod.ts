/**
 * Graceful shutdown for any `Deno.serve` application with WebSockets.
 *
 * @example An echo server that leaves in order
 * ```ts
 * import { attachSignals, ConnectionSet, Shutdown } from "@lastcall/lastcall";
 *
 * const connections = new ConnectionSet();
 * const server = Deno.serve((request) => {
 *   const refusal = shutdown.refusal();
 *   if (refusal) return refusal;
 *   const { socket, response } = Deno.upgradeWebSocket(request);
 *   connections.track(socket);
 *   socket.onmessage = (event) => socket.send(event.data);
 *   return response;
 * });
 * const shutdown: Shutdown = new Shutdown({ server, connections }, { budgetMs: 25_000 });
 * attachSignals(shutdown);
 * ```
 *
 * @module
 */

export {
  type Budget,
  budgetWarnings,
  DEFAULT_BUDGET,
  forceReserveMs,
  planShutdown,
  type ShutdownPlan,
} from "./budget.ts";
export {
  Connection,
  type ConnectionState,
  type Exit,
  type Farewell,
  type LeaveOptions,
  type LeaveOutcome,
  type TrackOptions,
} from "./connection.ts";
export { ConnectionSet } from "./connection_set.ts";
export { Drain, type DrainOptions, type Leaver } from "./drain.ts";
export { type Hook, type HookFunction, type HookRecord, runHooks } from "./hooks.ts";
export { type ShutdownObserver } from "./observer.ts";
export { type PhaseView } from "./sequence.ts";
export { SLOT_PARTS, type SlotsView, slotsView } from "./slots.ts";
export { type ShutdownOptions, type ShutdownSettings, type ShutdownTarget } from "./options.ts";
export {
  type ClientTally,
  type ExitCode,
  type Phase,
  type PhaseRecord,
  PHASES,
  type RateRecord,
  type Receipt,
} from "./receipt.ts";
export { type DrainStrategy, scheduleExits, type ScheduleOptions, type Slot } from "./schedule.ts";
export { Shutdown, type ShutdownProgress, type ShutdownState } from "./shutdown.ts";
export { attachSignals, type SignalOptions, type SignalTarget } from "./signals.ts";
