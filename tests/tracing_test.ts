import { assert, assertEquals } from "@std/assert";
import { trace } from "@opentelemetry/api";
import { shutdownTracer } from "../src/tracing.ts";
import type { Receipt } from "../src/shutdown/receipt.ts";
import { ChildServer } from "./child_server.ts";
import { TestClient } from "./harness.ts";
import { testThatNeeds } from "./needs.ts";
import { OtlpCollector, type OtlpSpan } from "./otlp_collector.ts";

const PROCESSES = { permissions: ["run", "read", "env"] as Deno.PermissionName[] };

function attribute({ attributes }: OtlpSpan, wanted: string): unknown {
  const value = attributes.find(({ key }) => key === wanted)?.value;
  return value && Object.values(value)[0];
}

testThatNeeds(
  PROCESSES,
  "with OTEL_DENO=true a shutdown is a span, and each of its phases one in it",
  async () => {
    await using collector = new OtlpCollector("lastcall");
    await using server = new ChildServer([], { env: collector.env });
    await TestClient.connectMany(await server.url, 3);
    server.signal("SIGTERM");
    assertEquals(await server.exited(), 0);
    const [whole, ...others] = collector.spans.filter(({ name }) => name === "shutdown");
    const phases = collector.spans.filter(({ name }) => name !== "shutdown");
    assertEquals(others, []);
    assertEquals(
      phases.sort((a, b) => Number(BigInt(a.endTimeUnixNano) - BigInt(b.endTimeUnixNano)))
        .map(({ name }) => name),
      ["unready", "notice", "drain", "force", "flush"].map((phase) => `shutdown ${phase}`),
    );
    for (const { traceId, parentSpanId } of phases) {
      assertEquals([traceId, parentSpanId], [whole!.traceId, whole!.spanId]);
    }
    assertEquals(attribute(whole!, "lastcall.reason"), "SIGTERM");
    assertEquals(Number(attribute(whole!, "lastcall.clients.closed")), 3);
    assertEquals(Number(attribute(whole!, "lastcall.exit_code")), 0);
    const drain = phases.find(({ name }) => name === "shutdown drain")!;
    const tookMs = Number(BigInt(drain.endTimeUnixNano) - BigInt(drain.startTimeUnixNano)) / 1e6;
    const { durationMs } = server.receipt.phases.find(({ name }: { name: string }) =>
      name === "drain"
    );
    assert(Math.abs(tookMs - durationMs) < 50, `${tookMs} against ${durationMs}`);
  },
);

Deno.test("without OTEL_DENO the tracer does nothing", () => {
  assertEquals(trace.getTracer("lastcall").startSpan("x").isRecording(), false);
  const tracer = shutdownTracer();
  tracer.begin("test");
  const ended = tracer.phase("drain");
  ended({ name: "drain", startMs: 0, durationMs: 1, budgetMs: 2 });
  tracer.end({ clients: {}, exitCode: 1, hurried: false } as Receipt);
});
