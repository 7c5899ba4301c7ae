/** An OpenTelemetry collector: takes what comes as OTLP over HTTP and JSON, and keeps it. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { key: string; value: Record<string, unknown> }[];
  readonly status: { code: number };
}

interface Batch {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: ReceivedSpan['attributes'] };
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

export interface Collector {
  readonly url: string;
  /** Paths and content types of the requests. */
  readonly requests: string[];
  readonly spans: ReceivedSpan[];
  readonly resources: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** @param answer by default what a collector says that has taken all */
export async function startCollector(
  answer: (response: ServerResponse) => void = (response) => {
    response.setHeader('content-type', 'application/json');
    response.end('{"partialSuccess":{}}');
  },
): Promise<Collector> {
  const requests: string[] = [];
  const spans: ReceivedSpan[] = [];
  const resources: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(`${request.method} ${request.url} ${request.headers['content-type']}`);
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Batch;
      for (const { resource, scopeSpans } of resourceSpans) {
        resources.push(valuesOf(resource));
        for (const scope of scopeSpans) spans.push(...scope.spans);
      }
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans,
    resources,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Attributes as a plain object. */
export function valuesOf({
  attributes,
}: {
  readonly attributes: ReceivedSpan['attributes'];
}): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: Record<string, unknown>): unknown {
  const [only] = Object.values(value);
  if (typeof only === 'object' && only !== null && 'values' in only)
    return (only.values as Record<string, unknown>[]).map(plain);
  return only;
}
