/**
 * A shutdown as spans: one for the whole, one for each phase in it.
 *
 * `OTEL_DENO=true` makes Deno export them; without it the calls do nothing and cost next to nothing.
 */

import { context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Receipt } from "./shutdown/receipt.ts";
import type { ShutdownObserver } from "./shutdown/observer.ts";
import { VERSION } from "./version.ts";

/** Traces one shutdown. */
export function shutdownTracer(): ShutdownObserver {
  const tracer = trace.getTracer("lastcall", VERSION);
  let whole: Span | undefined;
  return {
    begin(reason) {
      whole = tracer.startSpan("shutdown", { attributes: { "lastcall.reason": reason } });
    },
    phase(name) {
      const inside = whole ? trace.setSpan(context.active(), whole) : context.active();
      const span = tracer.startSpan(`shutdown ${name}`, {}, inside);
      return ({ budgetMs }) => {
        span.setAttributes({ "lastcall.phase": name, "lastcall.budget_ms": budgetMs });
        span.end();
      };
    },
    end(receipt) {
      whole?.setAttributes(attributesOf(receipt));
      if (receipt.exitCode === 1) whole?.setStatus({ code: SpanStatusCode.ERROR });
      whole?.end();
    },
  };
}

function attributesOf({ clients, exitCode, hurried }: Receipt): Record<string, number | boolean> {
  const { total, closed, crossed, gone, unanswered, forced } = clients;
  const tally = { total, closed, crossed, gone, unanswered, forced };
  return {
    ...Object.fromEntries(Object.entries(tally).map(([key, n]) => [`lastcall.clients.${key}`, n])),
    "lastcall.exit_code": exitCode,
    "lastcall.hurried": hurried,
  };
}
