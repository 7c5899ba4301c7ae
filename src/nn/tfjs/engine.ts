/** The tfjs engine: interprets models with TensorFlow.js, and trains with TensorFlow.js's own automatic differentiation. */
import { DistilleryError } from '../../errors.ts';
import { adam, decays } from '../autodiff/adam.ts';
import type {
  Engine,
  Model,
  Predictor,
  StepSettings,
  Tensor,
  TokenBatch,
  Trainer,
  TrainerOptions,
  TrainerState,
  TrainingBatch,
  Weights,
} from '../engine.ts';
import { dropoutMasks } from '../dropoutMasks.ts';
import { startState } from '../engine.ts';
import type { Graph } from '../graph.ts';
import { withLoss } from '../loss.ts';
import type { OpenTfjs, Tensor as TfTensor, TfjsSetting } from '../runtime/tfjs.ts';
import { openTfjs, tfjsBackends } from '../runtime/tfjs.ts';
import { verify } from '../verify.ts';
import { valueAndGradients } from './gradients.ts';
import type { Bindings } from './interpret.ts';
import { interpret } from './interpret.ts';

/**
 * @param setting `tfjs` for the best backend that is installed, or one of `tfjs-node-gpu`, `tfjs-node`, `tfjs-wasm`, `tfjs-cpu`
 * @throws BAD_USER_INPUT for another setting; ENGINE_UNAVAILABLE where the backend is not installed
 */
export async function createTfjsEngine(setting: string, options: { threads: number }): Promise<Engine> {
  if (!isSetting(setting)) {
    const known = ['tfjs', ...tfjsBackends];
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${setting} is no TensorFlow.js engine; there are ${known.join(', ')}.`,
      { known },
    );
  }
  const open = await openTfjs(setting, options);
  return {
    name: `${open.name} (TensorFlow.js ${open.tf.version_core}, ${open.backend})`,
    predictor: (model, weights) => Promise.resolve(new TfjsPredictor(open, model, weights)),
    trainer: (model, start, trainerOptions) =>
      Promise.resolve(new TfjsTrainer(open, model, start, trainerOptions)),
  };
}

const isSetting = (setting: string): setting is TfjsSetting =>
  setting === 'tfjs' || tfjsBackends.some((name) => name === setting);

/** TensorFlow.js has one current backend for the whole process; once started, it changes at once. */
function use({ tf, backend }: OpenTfjs): void {
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}

type Named = Record<string, TfTensor>;

function upload({ tf }: OpenTfjs, tensors: Weights): Named {
  return Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      tf.keep(tf.tensor(Float32Array.from(data), [...shape], 'float32')),
    ]),
  );
}

function download(tensors: Named): Weights {
  return new Map(
    Object.entries(tensors).map(([name, tensor]): [string, Tensor] => [
      name,
      { shape: tensor.shape, data: Float32Array.from(tensor.dataSync()) },
    ]),
  );
}

const tokens = ({ tf }: OpenTfjs, { ids, batch, length }: TokenBatch) =>
  tf.tensor2d(ids, [batch, length], 'int32');

class TfjsPredictor implements Predictor {
  private readonly open: OpenTfjs;
  private readonly graph: Graph;
  private readonly weights: Named;

  constructor(open: OpenTfjs, model: Model, weights: Weights) {
    use(open);
    this.open = open;
    this.graph = verify(model.inference);
    this.weights = upload(open, startState(model.inference, weights).weights);
  }

  async predict(batch: TokenBatch): Promise<Float32Array> {
    use(this.open);
    const { tf } = this.open;
    const logits = tf.tidy(
      () => interpret(tf, this.graph, { ...this.weights, ids: tokens(this.open, batch) }, true).logits!,
    );
    try {
      return Float32Array.from(await logits.data());
    } finally {
      logits.dispose();
    }
  }

  dispose(): Promise<void> {
    use(this.open);
    this.open.tf.dispose(this.weights);
    return Promise.resolve();
  }
}

class TfjsTrainer implements Trainer {
  private readonly open: OpenTfjs;
  private readonly graph: Graph;
  private readonly options: TrainerOptions;
  private stepsDone: number;
  private weights: Named;
  private firstMoments: Named;
  private secondMoments: Named;

  constructor(open: OpenTfjs, model: Model, start: Weights | TrainerState, options: TrainerOptions) {
    use(open);
    const state = startState(model.training, start);
    this.open = open;
    this.graph = verify(withLoss(model.training));
    this.options = options;
    this.stepsDone = state.step;
    this.weights = upload(open, state.weights);
    this.firstMoments = upload(open, state.firstMoments);
    this.secondMoments = upload(open, state.secondMoments);
  }

  async step(batch: TrainingBatch, settings: StepSettings): Promise<{ loss: number; gradientNorm: number }> {
    use(this.open);
    const { tf } = this.open;
    const old = [this.weights, this.firstMoments, this.secondMoments];
    const figures = tf.tidy(() => {
      const inputs = this.inputs(batch, settings);
      const names = Object.keys(this.weights);
      const loss = () => interpret(tf, this.graph, { ...inputs, ...this.weights }).loss!;
      const { value, gradients } = valueAndGradients(tf, loss, Object.values(this.weights));
      const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
      this.update(names, gradients, norm, settings.learningRate);
      return tf.stack([value, norm]);
    });
    this.stepsDone += 1;
    tf.dispose(old);
    const [loss, gradientNorm] = await figures.data();
    figures.dispose();
    return { loss: loss!, gradientNorm: gradientNorm! };
  }

  state(): TrainerState {
    use(this.open);
    return {
      step: this.stepsDone,
      weights: download(this.weights),
      firstMoments: download(this.firstMoments),
      secondMoments: download(this.secondMoments),
    };
  }

  dispose(): Promise<void> {
    use(this.open);
    this.open.tf.dispose([this.weights, this.firstMoments, this.secondMoments]);
    return Promise.resolve();
  }

  private inputs(batch: TrainingBatch, settings: StepSettings): Bindings {
    const { tf } = this.open;
    const inputs: Named = {
      ids: tokens(this.open, batch),
      teacherLogits: tf.tensor2d(batch.teacherLogits, [batch.batch, 2]),
      labels: tf.tensor2d(batch.labels, [batch.batch, 2]),
      temperature: tf.scalar(settings.temperature),
      hardLabelWeight: tf.scalar(settings.hardLabelWeight),
    };
    for (const { name, shape, data } of dropoutMasks(this.graph, batch, this.options.seed, this.stepsDone)) {
      inputs[name] = tf.tensor(data, [...shape], 'bool');
    }
    return inputs;
  }

  /** One AdamW update of all weights, after clipping; the formulas are those of autodiff/adam.ts. */
  private update(
    names: readonly string[],
    gradients: readonly TfTensor[],
    norm: TfTensor,
    learningRate: number,
  ): void {
    const { tf } = this.open;
    const { clipNorm, weightDecay } = this.options;
    const t = this.stepsDone + 1;
    const firstCorrection = 1 / (1 - adam.beta1 ** t);
    const secondCorrection = 1 / (1 - adam.beta2 ** t);
    const scale = tf.minimum(1, tf.div(clipNorm, tf.add(norm, 1e-6)));
    const [weights, firstMoments, secondMoments]: [Named, Named, Named] = [{}, {}, {}];
    names.forEach((name, i) => {
      const weight = this.weights[name]!;
      const [kept, first, second] = tf.tidy(() => {
        const gradient = tf.mul(gradients[i]!, scale);
        const newFirst = tf.add(
          tf.mul(this.firstMoments[name]!, adam.beta1),
          tf.mul(gradient, 1 - adam.beta1),
        );
        const newSecond = tf.add(
          tf.mul(this.secondMoments[name]!, adam.beta2),
          tf.mul(tf.square(gradient), 1 - adam.beta2),
        );
        const deviation = tf.add(tf.sqrt(tf.mul(newSecond, secondCorrection)), adam.epsilon);
        const move = tf.mul(tf.div(newFirst, deviation), learningRate * firstCorrection);
        const decayed =
          weightDecay > 0 && decays(name, weight.shape)
            ? tf.mul(weight, 1 - learningRate * weightDecay)
            : weight;
        return [tf.sub(decayed, move), newFirst, newSecond] as [TfTensor, TfTensor, TfTensor];
      });
      weights[name] = tf.keep(kept);
      firstMoments[name] = tf.keep(first);
      secondMoments[name] = tf.keep(second);
    });
    this.weights = weights;
    this.firstMoments = firstMoments;
    this.secondMoments = secondMoments;
  }
}
