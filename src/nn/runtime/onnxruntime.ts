/** The one file that imports onnxruntime-node: sessions, tensors and execution providers. */
import './noTelemetry.ts';
import { createRequire } from 'node:module';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { DistilleryError } from '../../errors.ts';
import type { Predictor, TokenBatch } from '../engine.ts';

export const onnxruntimeVersion = (
  createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
).version;

/** A tensor at the border of a session. */
export interface SessionTensor {
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly number[];
  /** float32: Float32Array; int32: Int32Array; bool: Uint8Array of 0 and 1. */
  readonly data: Float32Array | Int32Array | Uint8Array;
}
export type SessionTensors = Readonly<Record<string, SessionTensor>>;

/** What foreign models take beside: none of ours has such a tensor. */
interface Int64Tensor {
  readonly dtype: 'int64';
  readonly shape: readonly number[];
  readonly data: BigInt64Array;
}
export type SessionInputs = Readonly<Record<string, SessionTensor | Int64Tensor>>;

export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs on the calling thread and blocks it.
   * @param into arrays that outputs are written to, where the caller keeps them; other outputs get new arrays
   */
  run(inputs: SessionInputs, into?: SessionTensors): Promise<Record<string, SessionTensor>>;
  dispose(): Promise<void>;
}

export interface SessionOptions {
  threads: number;
}

/**
 * Opens a session for a model file or its bytes.
 * @throws INVALID_CHECKPOINT where ONNX Runtime does not accept the model
 */
export async function openSession(model: string | Uint8Array, options: SessionOptions): Promise<Session> {
  const settings: InferenceSession.SessionOptions = {
    executionProviders: ['cpu'],
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Gradients that vanish over a long recurrence become subnormal numbers, on which a processor is 20 times slower
    extra: { session: { set_denormal_as_zero: '1' } },
  };
  let session: InferenceSession;
  try {
    // The same call twice: TypeScript wants one overload or the other
    session =
      typeof model === 'string'
        ? await InferenceSession.create(model, settings)
        : await InferenceSession.create(model, settings);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const what = typeof model === 'string' ? `The model file ${model}` : 'The compiled graph';
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `${what} can't be loaded by ONNX Runtime: ${reason}`,
      {},
      { cause },
    );
  }
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(inputs, into = {}) {
      const feeds = mapValues(inputs, toOrt);
      const fetches = Object.fromEntries(
        session.outputNames.map((name) => [name, into[name] ? toOrt(into[name]) : null]),
      );
      return mapValues(await session.run(feeds, fetches), fromOrt);
    },
    dispose: () => session.release(),
  };
}

/**
 * Opens a model: `ids` int32 [batch, length], or the inputs of Hugging Face's exports, → `logits` float32 [batch, 2].
 * @throws INVALID_CHECKPOINT where the file is not such a model
 */
export async function loadPredictor(file: string, options: SessionOptions): Promise<Predictor> {
  return sessionPredictor(await openSession(file, options));
}

/** Token ids to logits through a session. */
export function sessionPredictor(session: Session): Predictor {
  const feedsOf = feedsFor(session.inputNames);
  if (!feedsOf || !session.outputNames.includes('logits')) {
    throw new DistilleryError(
      'INVALID_CHECKPOINT',
      `Expected a model from ids, or from ${huggingFaceInputs.join(', ')}, to logits; found ${session.inputNames.join(', ')} to ${session.outputNames.join(', ')}.`,
      { inputs: session.inputNames, outputs: session.outputNames },
    );
  }
  return {
    async predict(tokens: TokenBatch) {
      const { logits } = await session.run(feedsOf(tokens));
      if (
        logits?.dtype !== 'float32' ||
        logits.shape.length !== 2 ||
        logits.data.length !== 2 * tokens.batch
      ) {
        throw new DistilleryError(
          'INVALID_CHECKPOINT',
          `The model gave logits ${logits?.dtype} [${logits?.shape}]; expected float32 [${tokens.batch}, 2].`,
        );
      }
      return logits.data as Float32Array;
    },
    dispose: () => session.dispose(),
  };
}

/** What Hugging Face's exports take, each int64 [batch, length]; the last one may be missing. */
const huggingFaceInputs = ['input_ids', 'attention_mask', 'token_type_ids'] as const;

/** @returns null where the inputs are neither ours nor Hugging Face's */
function feedsFor(inputNames: readonly string[]): ((tokens: TokenBatch) => SessionInputs) | null {
  if (inputNames.includes('ids'))
    return ({ ids, batch, length }) => ({ ids: { dtype: 'int32', shape: [batch, length], data: ids } });
  const isKnown = inputNames.every((name) => (huggingFaceInputs as readonly string[]).includes(name));
  // Without a mask, padding would change the answers.
  if (!isKnown || !inputNames.includes('input_ids') || !inputNames.includes('attention_mask')) return null;
  return ({ ids, batch, length }) => {
    const int64 = (valueOf: (id: number) => number): Int64Tensor => {
      const data = new BigInt64Array(ids.length);
      ids.forEach((id, i) => (data[i] = BigInt(valueOf(id))));
      return { dtype: 'int64', shape: [batch, length], data };
    };
    const all: SessionInputs = {
      input_ids: int64((id) => id),
      attention_mask: int64((id) => (id === 0 ? 0 : 1)),
      // A review is one segment.
      token_type_ids: int64(() => 0),
    };
    return Object.fromEntries(Object.entries(all).filter(([name]) => inputNames.includes(name)));
  };
}

function toOrt({ dtype, shape, data }: SessionTensor | Int64Tensor): OrtTensor {
  return new OrtTensor(dtype, data as Float32Array, shape as number[]);
}

function fromOrt(tensor: OrtTensor): SessionTensor {
  return {
    dtype: tensor.type as SessionTensor['dtype'],
    shape: tensor.dims,
    data: tensor.data as Float32Array,
  };
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
