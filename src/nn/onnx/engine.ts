/** The onnx engine: models and whole training steps compiled to ONNX graphs that ONNX Runtime runs. */
import { adam, firstMoment, secondMoment } from '../autodiff/adam.ts';
import type {
  Engine,
  Model,
  Predictor,
  StepSettings,
  Tensor,
  Trainer,
  TrainerOptions,
  TrainerState,
  TrainingBatch,
  Weights,
} from '../engine.ts';
import { dropoutMasks } from '../dropoutMasks.ts';
import { startState } from '../engine.ts';
import type { Graph } from '../graph.ts';
import type { Session, SessionTensor } from '../runtime/onnxruntime.ts';
import { onnxruntimeVersion, openSession, sessionPredictor } from '../runtime/onnxruntime.ts';
import { trainingStep } from '../trainingStep.ts';
import { nextName, toOnnx } from './export.ts';

export function createOnnxEngine(session: { threads: number }): Engine {
  return {
    name: `onnx (onnxruntime-node ${onnxruntimeVersion}, cpu)`,
    async predictor(model: Model, weights: Weights): Promise<Predictor> {
      return sessionPredictor(
        await openSession(toOnnx(model.inference, { mode: 'inference', weights }), session),
      );
    },
    async trainer(
      model: Model,
      start: Weights | TrainerState,
      trainerOptions: TrainerOptions,
    ): Promise<Trainer> {
      const graph = trainingStep(model.training, trainerOptions);
      const state = startState(model.training, start);
      return new OnnxTrainer(
        model.training,
        await openSession(toOnnx(graph, { mode: 'training' }), session),
        state,
        trainerOptions.seed,
      );
    },
  };
}

/**
 * Weights and moments go into the session and come out of it. There are two sets of arrays, written in turn, so that
 * no step reads what it writes, and nothing is allocated after the second step.
 */
class OnnxTrainer implements Trainer {
  private readonly forward: Graph;
  private readonly session: Session;
  private readonly seed: number;
  private stepsDone: number;
  private current: Record<string, SessionTensor>;
  private spare: Record<string, SessionTensor>;

  constructor(forward: Graph, session: Session, state: TrainerState, seed: number) {
    this.forward = forward;
    this.session = session;
    this.seed = seed;
    this.stepsDone = state.step;
    this.current = {};
    this.spare = {};
    const groups: [Weights, (name: string) => string][] = [
      [state.weights, (name) => name],
      [state.firstMoments, firstMoment],
      [state.secondMoments, secondMoment],
    ];
    for (const [tensors, nameOf] of groups) {
      for (const [name, { shape, data }] of tensors) {
        this.current[nameOf(name)] = { dtype: 'float32', shape, data: Float32Array.from(data) };
        this.spare[nameOf(name)] = { dtype: 'float32', shape, data: new Float32Array(data.length) };
      }
    }
  }

  async step(batch: TrainingBatch, settings: StepSettings): Promise<{ loss: number; gradientNorm: number }> {
    const t = this.stepsDone + 1;
    const rows = [batch.batch, 2];
    const inputs: Record<string, SessionTensor> = {
      ...this.current,
      ids: { dtype: 'int32', shape: [batch.batch, batch.length], data: batch.ids },
      teacherLogits: { dtype: 'float32', shape: rows, data: batch.teacherLogits },
      labels: { dtype: 'float32', shape: rows, data: batch.labels },
      temperature: scalar(settings.temperature),
      hardLabelWeight: scalar(settings.hardLabelWeight),
      learningRate: scalar(settings.learningRate),
      firstCorrection: scalar(1 / (1 - adam.beta1 ** t)),
      secondCorrection: scalar(1 / (1 - adam.beta2 ** t)),
    };
    for (const { name, shape, data } of dropoutMasks(this.forward, batch, this.seed, this.stepsDone)) {
      inputs[name] = { dtype: 'bool', shape, data };
    }
    const into = Object.fromEntries(
      Object.entries(this.spare).map(([name, tensor]) => [nextName(name), tensor]),
    );
    const { loss, gradientNorm } = await this.session.run(inputs, into);
    [this.current, this.spare] = [this.spare, this.current];
    this.stepsDone = t;
    return { loss: loss!.data[0]!, gradientNorm: gradientNorm!.data[0]! };
  }

  state(): TrainerState {
    const copy = (nameOf: (name: string) => string): Weights =>
      new Map(
        this.forward.parameters.map(({ name }): [string, Tensor] => {
          const { shape, data } = this.current[nameOf(name)]!;
          return [name, { shape, data: Float32Array.from(data) }];
        }),
      );
    return {
      step: this.stepsDone,
      weights: copy((name) => name),
      firstMoments: copy(firstMoment),
      secondMoments: copy(secondMoment),
    };
  }

  dispose(): Promise<void> {
    return this.session.dispose();
  }
}

const scalar = (value: number): SessionTensor => ({
  dtype: 'float32',
  shape: [],
  data: Float32Array.of(value),
});
