/** A span as OTLP has it in JSON. */
export interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
}

interface TraceRequest {
  resourceSpans: { scopeSpans: { scope: { name: string }; spans: OtlpSpan[] }[] }[];
}

/** A collector that keeps the spans of one scope, over OTLP/HTTP in JSON. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: OtlpSpan[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(scope: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const body = await request.json();
        if (new URL(request.url).pathname === "/v1/traces") this.#keep(body, scope);
        return Response.json({});
      },
    );
  }

  /** What a process needs to send here. */
  get env(): Record<string, string> {
    return {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#server.addr.port}`,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #keep({ resourceSpans }: TraceRequest, wanted: string): void {
    for (const { scope, spans } of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans)) {
      if (scope.name === wanted) this.spans.push(...spans);
    }
  }
}
