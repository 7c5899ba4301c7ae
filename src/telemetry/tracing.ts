/** Traces for an OpenTelemetry collector. Loaded only where there is one: the libraries take a while to load. */
import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider, type SpanExporter } from '@opentelemetry/sdk-trace-node';
import {
  ATTR_ERROR_TYPE,
  ATTR_SERVICE_NAME,
  ATTR_SERVICE_VERSION,
} from '@opentelemetry/semantic-conventions';
import type { Logger } from '../log.ts';
import type { RunOutcome } from './metrics.ts';
import type { ClassifiedGroup, OperationShape } from './operation.ts';
import { version } from './version.ts';

export interface OperationTrace {
  readonly traceId: string;
  end(summary: OperationSummary): void;
}

export interface OperationSummary {
  readonly requestId: string;
  readonly shape: OperationShape | null;
  /** `ok`, or the code of the first error. */
  readonly outcome: string;
  readonly groups: readonly ClassifiedGroup[];
}

export interface RunTrace {
  /** Also called when the phase has not changed. */
  phase(name: string): void;
  end(outcome: RunOutcome): void;
}

/** What a collector that does not answer may hold up the end of the process. */
const exportTimeoutMs = 3_000;

/** Spans wait in memory, 2048 at most, and are sent together; those that can't be sent are dropped. */
export class Tracing {
  readonly #provider: NodeTracerProvider;
  readonly #tracer: Tracer;

  /** @param endpoint of the collector, with or without the path that OTLP gives to traces */
  constructor(endpoint: string, logger: Logger) {
    const exporter = new OTLPTraceExporter({ url: tracesUrl(endpoint), timeoutMillis: exportTimeoutMs });
    // What OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES say comes before what we say.
    const ours = resourceFromAttributes({
      [ATTR_SERVICE_NAME]: 'distillery',
      [ATTR_SERVICE_VERSION]: version,
    });
    this.#provider = new NodeTracerProvider({
      resource: ours.merge(detectResources({ detectors: [envDetector] })),
      spanProcessors: [new BatchSpanProcessor(telling(exporter, logger))],
    });
    this.#tracer = this.#provider.getTracer('distillery', version);
  }

  startOperation(traceparent: unknown): OperationTrace {
    const clock = wallClock();
    const span = this.#tracer.startSpan(
      'GraphQL Operation',
      { kind: SpanKind.SERVER, startTime: clock(performance.now()) },
      contextOf(traceparent),
    );
    return {
      traceId: span.spanContext().traceId,
      end: ({ requestId, shape, outcome, groups }) => {
        if (shape) span.updateName(`${shape.type} ${shape.fields.join(' ')}`);
        span.setAttributes({ ...graphqlAttributes(shape), 'distillery.request.id': requestId });
        for (const group of groups) this.#traceGroup(group, clock, trace.setSpan(ROOT_CONTEXT, span));
        if (outcome !== 'ok') fail(span, outcome);
        span.end(clock(performance.now()));
      },
    };
  }

  /** A span for each run, and within it one for each of its phases. */
  startRun(runId: string, kind: string): RunTrace {
    const span = this.#tracer.startSpan(
      `run ${kind}`,
      { attributes: { 'distillery.run.id': runId, 'distillery.run.kind': kind } },
      ROOT_CONTEXT,
    );
    const inRun = trace.setSpan(ROOT_CONTEXT, span);
    let current: { name: string; span: Span } | null = null;
    return {
      phase: (name) => {
        if (current?.name === name) return;
        current?.span.end();
        current = { name, span: this.#tracer.startSpan(name, {}, inRun) };
      },
      end: (outcome) => {
        current?.span.end();
        span.setAttribute('distillery.run.outcome', outcome);
        if (outcome === 'failed') fail(span, outcome);
        span.end();
      },
    };
  }

  /** Sends what has not been sent; takes {@link exportTimeoutMs} at most, and never rejects. */
  async stop(): Promise<void> {
    // The exporter has told already why.
    await this.#provider.shutdown().catch(() => undefined);
  }

  /**
   * Spans made afterwards, of the times that serving told. Where the texts went in several batches, the first batch
   * runs while the last text still waits.
   */
  #traceGroup(
    { model, askedAt, endedAt, queueMs }: ClassifiedGroup,
    clock: WallClock,
    parent: Context,
  ): void {
    const span = (name: string, within: Context, from: number, to: number) => {
      const made = this.#tracer.startSpan(name, { startTime: clock(from) }, within);
      made.setAttributes({ 'distillery.model': model, 'distillery.texts': queueMs.length });
      made.end(clock(to));
      return trace.setSpan(within, made);
    };
    const whole = span('classify', parent, askedAt, endedAt);
    span('queue', whole, askedAt, askedAt + Math.max(...queueMs));
    span('inference', whole, askedAt + Math.min(...queueMs), endedAt);
  }
}

function fail(span: Span, errorType: string): void {
  span.setAttribute(ATTR_ERROR_TYPE, errorType);
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** By OpenTelemetry's conventions for GraphQL servers, without the document, which may hold texts. */
function graphqlAttributes(shape: OperationShape | null): Attributes {
  if (!shape) return {};
  const { type, name, fields } = shape;
  return {
    'graphql.operation.type': type,
    ...(name === null ? {} : { 'graphql.operation.name': name.slice(0, 100) }),
    'distillery.graphql.fields': [...fields],
  };
}

/** Tells the wall clock's milliseconds for those of `performance.now()`. */
type WallClock = (milliseconds: number) => number;

/** One for all spans of an operation. Not from performance.timeOrigin: the clock may have been set since then. */
function wallClock(): WallClock {
  const offset = Date.now() - performance.now();
  return (milliseconds) => offset + milliseconds;
}

const traceparentPattern = /^(?!ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** @returns the context of the client's span, after https://www.w3.org/TR/trace-context/; the root without one */
function contextOf(traceparent: unknown): Context {
  const [, traceId = '', spanId = '', flags = ''] =
    (typeof traceparent === 'string' && traceparentPattern.exec(traceparent)) || [];
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parent) ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT;
}

function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (!/\/v1\/traces\/?$/.test(url.pathname)) url.pathname = url.pathname.replace(/\/*$/, '/v1/traces');
  return url.href;
}

/** Says in the log when the collector can't be reached any more, and when it can again; not for every attempt. */
function telling(exporter: SpanExporter, logger: Logger): SpanExporter {
  let reachable = true;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error && reachable)
          logger.warn({ err: error }, 'traces are lost: the collector does not take them');
        if (!error && !reachable) logger.info('the collector takes traces again');
        reachable = !error;
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
