/** What an engine offers: run a model forward, and train it step by step. Both engines implement this. */
import { DistilleryError } from '../errors.ts';
import type { Graph } from './graph.ts';

/** A named weight: float32, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
export type Weights = ReadonlyMap<string, Tensor>;

/** Token ids, right-padded with zeros: row-major int32 [batch, length]. */
export interface TokenBatch {
  readonly ids: Int32Array;
  readonly batch: number;
  readonly length: number;
}

export interface Predictor {
  /** @returns logits, float32 [batch, 2], row-major: negative, positive */
  predict(batch: TokenBatch): Promise<Float32Array>;
  dispose(): Promise<void>;
}

export interface StepSettings {
  /** The schedule's learning rate at this step. */
  learningRate: number;
  /** Softmax temperature of this step's loss: 1 for hard labels. */
  temperature: number;
  /** Weight of the hard-label loss against the soft one, in [0, 1]. */
  hardLabelWeight: number;
}

export interface TrainingBatch extends TokenBatch {
  /** The teacher's logits, float32 [batch, 2]; ignored where hardLabelWeight is 1. */
  readonly teacherLogits: Float32Array;
  /** One-hot labels, float32 [batch, 2]; an all-zero row has no label and adds nothing to the hard-label loss. */
  readonly labels: Float32Array;
}

export interface TrainerOptions {
  /** Largest global norm of the gradients; larger ones are scaled down to it. */
  clipNorm: number;
  /** Decoupled weight decay (Loshchilov and Hutter 2017, arXiv 1711.05101), on matrices but not on biases, norms and word embeddings. */
  weightDecay: number;
  /** Seeds the dropout masks. */
  seed: number;
}

/** All that a checkpoint must hold for training to go on as if it had never stopped. */
export interface TrainerState {
  /** Steps done. */
  step: number;
  weights: Weights;
  /** Adam's first and second moments. */
  firstMoments: Weights;
  secondMoments: Weights;
}

export interface Trainer {
  /** Runs one whole step: forward, gradients, clipping, AdamW. @returns the mean loss and the norm before clipping */
  step(batch: TrainingBatch, settings: StepSettings): Promise<{ loss: number; gradientNorm: number }>;
  state(): TrainerState;
  dispose(): Promise<void>;
}

/** The forward graphs of one model: `ids` → `logits`, without and with dropout. */
export interface Model {
  readonly inference: Graph;
  readonly training: Graph;
}

export interface Engine {
  /** For logs and model cards: `onnx (onnxruntime-node 1.30.0, cpu)`. */
  readonly name: string;
  predictor(model: Model, weights: Weights): Promise<Predictor>;
  trainer(model: Model, start: Weights | TrainerState, options: TrainerOptions): Promise<Trainer>;
}

/**
 * The state that training starts from: as it was saved, or fresh weights with zero moments.
 * @throws INVALID_CHECKPOINT where a weight is missing or has another shape than the model's
 */
export function startState(forward: Graph, start: Weights | TrainerState): TrainerState {
  const state =
    'weights' in start ? start : { step: 0, weights: start, firstMoments: null, secondMoments: null };
  const take = (tensors: Weights, name: string, expected: readonly number[]): Tensor => {
    const tensor = tensors.get(name);
    const found = tensor ? `[${tensor.shape.join(', ')}]` : 'nothing';
    if (
      !tensor ||
      tensor.shape.length !== expected.length ||
      tensor.shape.some((size, axis) => size !== expected[axis])
    ) {
      throw new DistilleryError(
        'INVALID_CHECKPOINT',
        `The weight ${name} should have the shape [${expected.join(', ')}], found ${found}. Use weights of the same architecture and sizes.`,
        { weight: name, expected },
      );
    }
    return tensor;
  };
  const all = (tensors: Weights | null): Weights =>
    new Map(
      forward.parameters.map(({ name, value }) => {
        const shape = value.shape as readonly number[];
        const size = shape.reduce((product, dim) => product * dim, 1);
        return [name, tensors ? take(tensors, name, shape) : { shape, data: new Float32Array(size) }];
      }),
    );
  return {
    step: state.step,
    weights: all(state.weights),
    firstMoments: all(state.firstMoments),
    secondMoments: all(state.secondMoments),
  };
}
