/** The floor that a student has to beat: NB-SVM, a linear model over words and word pairs. Seconds to train. */
import { join } from 'node:path';
import type { Dataset, Review } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { isLabelled } from '../evaluation/labelledReviews.ts';
import { buildModel } from '../models/networks/index.ts';
import type { LinearSpec } from '../models/spec.ts';
import type { Weights } from '../nn/engine.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { buildNgramTokenizer, type NgramTokenizer } from '../text/ngram.ts';
import type { BaselineConfig } from './config.ts';
import { selectLabelled, tokenize } from './dataSelection.ts';
import { logCountRatios, plattScaling, supportVectorMachine, type BagsOfIds } from './linearSolver.ts';
import type { RunOutcome } from './messages.ts';
import { writeModelFolder } from './modelFolder.ts';
import type { RunContext } from './runContext.ts';

type Context = Pick<RunContext, 'threads' | 'runFolder' | 'report' | 'signal'>;

/** More n-grams than a review of 4,000 words holds. */
const maxNgrams = 8192;

/**
 * NB-SVM (Wang and Manning 2012): a support vector machine whose features are log-count ratios, its weights drawn
 * towards their mean size by `interpolation`; its scores become logits by Platt scaling on the validation reviews.
 */
export async function trainBaseline(
  config: BaselineConfig,
  dataset: Dataset,
  context: Context,
): Promise<RunOutcome> {
  const { labelled } = await selectLabelled(dataset, config.trainReviews, config.seed);
  const tokenizer = buildNgramTokenizer(
    labelled.map(({ review }) => review.text),
    config.smallestCount,
  );
  const train = await bagsOf(
    labelled.map(({ review }) => review),
    tokenizer,
    context,
  );
  const weights = await fitted(train, tokenizer.vocabularySize, config, context);

  const validation = await bagsOf(await dataset.reviews('validation'), tokenizer, context);
  const scores = validation.bags.map((bag) => bag.reduce((sum, id) => sum + weights[id]!, 0));
  const { slope, offset } = plattScaling(scores, validation.labels);

  const spec: LinearSpec = { kind: 'linear', vocabularySize: tokenizer.vocabularySize };
  const trained = await writeModelFolder(
    join(context.runFolder, 'model'),
    { spec, model: buildModel(spec), weights: networkWeights(weights, slope, offset), tokenizer },
    dataset,
    {
      name: config.name,
      architecture: 'nb-svm',
      maxTokens: maxNgrams,
      method: 'baseline',
      parentTeacher: null,
      temperature: null,
      seed: config.seed,
      training: config,
      engine: 'dual coordinate descent',
      origin: null,
      licence: null,
    },
    context,
  );
  return { kind: 'model', model: trained };
}

/** One weight an n-gram, its log-count ratio included. */
async function fitted(
  train: BagsOfIds,
  size: number,
  config: BaselineConfig,
  { report, signal }: Context,
): Promise<Float64Array> {
  const features = logCountRatios(train, size);
  const reporter = new PhaseReporter(report, 'training', config.passes * train.bags.length);
  const weights = await supportVectorMachine(train, {
    features,
    cost: config.cost,
    passes: config.passes,
    seed: config.seed,
    onPass: async (pass) => {
      reporter.advance(pass * train.bags.length, () => ({ step: pass, total: config.passes }));
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) throw new DistilleryError('CANCELLED', 'The training was stopped.');
    },
  });
  const meanSize = weights.reduce((sum, weight) => sum + Math.abs(weight), 0) / size;
  const { interpolation } = config;
  return weights.map(
    (weight, id) => features[id]! * ((1 - interpolation) * meanSize + interpolation * weight),
  );
}

async function bagsOf(
  reviews: readonly Review[],
  tokenizer: NgramTokenizer,
  context: Context,
): Promise<BagsOfIds> {
  const labelled = reviews.filter(isLabelled);
  const bags = await tokenize(
    labelled.map(({ text }) => text),
    tokenizer,
    maxNgrams,
    context,
  );
  return { bags, labels: labelled.map(({ label }) => label) };
}

/** The difference of the two logits is the calibrated score. */
function networkWeights(weights: Float64Array, slope: number, offset: number): Weights {
  return new Map([
    ['embedding.weight', { shape: [weights.length, 1], data: Float32Array.from(weights) }],
    ['classifier.weight', { shape: [1, 2], data: Float32Array.of(-slope / 2, slope / 2) }],
    ['classifier.bias', { shape: [2], data: Float32Array.of(-offset / 2, offset / 2) }],
  ]);
}
