/** One GraphQL operation from its start to its end, and what metrics, log and trace tell of it then. */
import type { Logger } from '../log.ts';
import type { Metrics, Transport } from './metrics.ts';
import type { OperationTrace, Tracing } from './tracing.ts';
import { referenceOf } from '../names.ts';

export interface Observers {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** null where traces go nowhere. */
  readonly tracing: Tracing | null;
}

export interface OperationOrigin {
  readonly requestId: string;
  readonly transport: Transport;
  /** The client's W3C trace context; anything else is passed over. */
  readonly traceparent: unknown;
}

/** What an operation is, without anything that may hold a text. */
export interface OperationShape {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** Chosen by the client. */
  readonly name: string | null;
  /** The different fields of the schema that it asks for at its root, in their order. */
  readonly fields: readonly string[];
}

/** The part of an answer to a text that is told. */
export interface AnsweredText {
  readonly version: { readonly card: { readonly name: string; readonly version: number } };
  readonly prediction: { readonly queueMs: number };
}

/** Texts that one model has answered together. All times are milliseconds of `performance.now()`. */
export interface ClassifiedGroup {
  /** name@version */
  readonly model: string;
  readonly askedAt: number;
  readonly endedAt: number;
  /** How long each text waited for its batch. */
  readonly queueMs: readonly number[];
}

/** Beyond this a query is worth a line in the log that nobody asked for. */
const slowMs = 1_000;

export class Operation {
  readonly requestId: string;
  readonly #transport: Transport;
  readonly #observers: Observers;
  readonly #trace: OperationTrace | null;
  readonly #startedAt = performance.now();
  /** null for a document that can't be read or is not valid. */
  #shape: OperationShape | null = null;
  readonly #groups: ClassifiedGroup[] = [];
  #events = 0;
  #ended = false;

  constructor(observers: Observers, { requestId, transport, traceparent }: OperationOrigin) {
    this.requestId = requestId;
    this.#transport = transport;
    this.#observers = observers;
    this.#trace = observers.tracing?.startOperation(traceparent) ?? null;
  }

  /** Call it when the document has been found valid. */
  identify(shape: OperationShape): void {
    this.#shape = shape;
  }

  /** A subscription has been taken on, and will tell events. */
  subscribed(): void {
    this.#log('debug', 'subscription started');
  }

  /** Texts have been answered. @param askedAt milliseconds of `performance.now()` */
  classified(askedAt: number, answers: readonly AnsweredText[]): void {
    const endedAt = performance.now();
    const byModel = new Map<string, number[]>();
    for (const { version, prediction } of answers) {
      const model = referenceOf(version.card);
      const queueMs = byModel.get(model);
      if (queueMs) queueMs.push(prediction.queueMs);
      else byModel.set(model, [prediction.queueMs]);
    }
    for (const [model, queueMs] of byModel) this.#groups.push({ model, askedAt, endedAt, queueMs });
  }

  /** A subscription has told something. */
  event(): void {
    this.#events++;
  }

  /** The client is gone, which is how a subscription may well end. */
  abandon(): void {
    this.end(this.#shape?.type === 'subscription' ? 'ok' : 'CANCELLED');
  }

  /**
   * What is told after the first call is not heeded.
   * @param outcome `ok`, or the code of the first error
   */
  end(outcome: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const shape = this.#shape;
    const durationMs = performance.now() - this.#startedAt;
    const subscribed = shape?.type === 'subscription';
    this.#observers.metrics.operationEnded(
      fieldLabel(shape),
      this.#transport,
      outcome,
      subscribed ? null : durationMs / 1_000,
    );
    this.#trace?.end({ shape, outcome, groups: this.#groups, requestId: this.requestId });
    const worthy = outcome === 'INTERNAL' || (durationMs > slowMs && !subscribed);
    const level = worthy ? 'warn' : shape?.type === 'mutation' ? 'info' : 'debug';
    const facts = { outcome, durationMs: Math.round(durationMs * 100) / 100 };
    if (subscribed) this.#log(level, 'subscription ended', { ...facts, events: this.#events });
    else this.#log(level, 'operation ended', facts);
  }

  #log(level: 'debug' | 'info' | 'warn', message: string, facts: object = {}): void {
    const { logger } = this.#observers;
    if (!logger.isLevelEnabled(level)) return;
    logger[level](
      {
        requestId: this.requestId,
        transport: this.#transport,
        operation: this.#shape?.type,
        name: this.#shape?.name?.slice(0, 100),
        fields: this.#shape?.fields,
        models: this.#groups.length > 0 ? [...new Set(this.#groups.map(({ model }) => model))] : undefined,
        texts:
          this.#groups.length > 0
            ? this.#groups.reduce((sum, { queueMs }) => sum + queueMs.length, 0)
            : undefined,
        traceId: this.#trace?.traceId,
        ...facts,
      },
      message,
    );
  }
}

/** As many values as the schema has root fields: combinations would be too many. */
function fieldLabel(shape: OperationShape | null): string {
  if (!shape) return 'invalid';
  const [first = 'invalid', ...others] = shape.fields;
  return others.length === 0 ? first : 'several';
}
