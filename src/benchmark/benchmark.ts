/** Accuracy beside latency and throughput for any set of models: the same reviews, the same machine, one report. */
import type { Dataset } from '../data/dataset.ts';
import { compareModels } from '../evaluation/comparison.ts';
import { labelledReviews } from '../evaluation/labelledReviews.ts';
import type { LabelledReview } from '../evaluation/labelledReviews.ts';
import { graphBytes } from '../evaluation/loadedModel.ts';
import type { UsedModel } from '../evaluation/loadedModel.ts';
import { describeMachine } from '../evaluation/machine.ts';
import { classificationMetrics } from '../evaluation/metrics.ts';
import type { ClassificationMetrics } from '../models/card.ts';
import { Random } from '../nn/random.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import type { Report } from '../progress/progress.ts';
import type { Prediction, ServingConfig } from '../serving/serving.ts';
import type { BenchmarkConfig } from '../training/config.ts';
import { KeptMeasurements } from './keptMeasurements.ts';
import { heldAgainstReference } from './reference.ts';
import type { BenchmarkReport } from './report.ts';
import { offline, patient, settingsOf, whileOpen, whileServing } from './scenarios.ts';
import type { Subject, Watch } from './scenarios.ts';
import { measureSpeed } from './speed.ts';
import { referenceOf } from '../names.ts';

export interface BenchmarkInput {
  models: readonly UsedModel[];
  dataset: Dataset;
  config: BenchmarkConfig;
  /** As the server serves; what the configuration gives comes before it. */
  serving: ServingConfig;
  /** Finished measurements are kept in it. */
  runFolder: string;
  report: Report;
  signal: AbortSignal;
}

/**
 * Measures accuracy and offline throughput of all models first, then the other scenarios, one model at a time. Every
 * model gets the same texts in the same order, which the configuration's seed says. A run that was interrupted goes on
 * after the last measurement that it finished.
 * @throws DistilleryError BAD_USER_INPUT for a split without reviews, INVALID_DATASET for a split with one class or
 *   without labels, INVALID_CHECKPOINT for a model that can't be read, CANCELLED soon after `signal` is aborted
 */
export async function benchmark(input: BenchmarkInput): Promise<BenchmarkReport> {
  const { dataset, config, report, signal } = input;
  report(progressOf('loading-data', { message: `${config.split} reviews of ${dataset.name}` }));
  const split = await labelledReviews(dataset, config.split);
  const reviews =
    config.reviews === null ? split : new Random(config.seed).shuffle([...split]).slice(0, config.reviews);
  const models = await Promise.all(
    input.models.map(async (model, index) => ({
      ...model,
      fileBytes: await graphBytes(model),
      name: referenceOf(model.card),
      title: `${referenceOf(model.card)}, model ${index + 1} of ${input.models.length}`,
    })),
  );

  const settings = settingsOf(config, input.serving);
  const kept = new KeptMeasurements(input.runFolder);
  return whileServing(patient(settings), async (serving) => {
    const subjectOf = (model: UsedModel): Subject => ({
      serving,
      model,
      texts: reviews.map(({ text }) => text),
    });
    const evaluating = new PhaseReporter(report, 'evaluating', models.length * reviews.length);
    const answers: Answers[] = [];
    for (const [index, model] of models.entries()) {
      evaluating.begin(model.title);
      const onProgress = (done: number) => void evaluating.advance(done);
      answers.push(
        await kept.once(`${index}-offline`, () =>
          answersOf(subjectOf(model), reviews, settings, { onProgress, signal }),
        ),
      );
      onProgress(reviews.length);
    }
    const accuracies = new Map(models.map(({ name }, index) => [name, answers[index]!.metrics.accuracy]));

    const entries: BenchmarkReport['entries'] = [];
    for (const [index, { folder, card, fileBytes, title }] of models.entries()) {
      const { metrics, reviewsPerSecond } = answers[index]!;
      const { name: model, version, architecture, method, parameters } = card;
      const speed = await measureSpeed({
        subject: subjectOf({ folder, card }),
        throughput: reviewsPerSecond,
        config,
        settings,
        once: (name, measure) => kept.once(`${index}-${name}`, measure),
        title,
        report,
        signal,
      });
      entries.push({
        ...{ model, version, architecture, method, parameters, fileBytes, metrics, reviewsPerSecond },
        ...speed,
        ...heldAgainstReference(card, accuracies),
      });
    }
    return {
      dataset: dataset.name,
      split: config.split,
      reviews: reviews.length,
      machine: describeMachine(),
      workers: settings.servingWorkers,
      threads: settings.servingThreads,
      percentile: config.percentile,
      latencyBoundMs: config.latencyBoundMs,
      entries,
      comparisons: compareModels(
        models.map(({ name: model }, index) => ({
          model,
          classes: Uint8Array.from(answers[index]!.classes, Number),
        })),
        reviews.map(({ label }) => label),
      ),
    };
  });
}

interface Answers {
  metrics: ClassificationMetrics;
  /** A digit for each review, in their order: 0 or 1. */
  classes: string;
  reviewsPerSecond: number;
}

/** Accuracy and throughput from the same answers of serving. */
async function answersOf(
  subject: Subject,
  reviews: readonly LabelledReview[],
  settings: ServingConfig,
  watch: Watch,
): Promise<Answers> {
  const { predictions, seconds } = await whileOpen(subject, settings, watch.signal, () =>
    offline(subject, watch),
  );
  const labels = reviews.map(({ label }) => label);
  return {
    metrics: classificationMetrics(logitsOf(predictions), labels),
    classes: predictions.map(({ label }) => (label === 'positive' ? '1' : '0')).join(''),
    reviewsPerSecond: reviews.length / seconds,
  };
}

/** Beyond it both probabilities are 0 and 1 in floating point. */
const largestLogit = 80;

/**
 * The metrics take logits, and any with the same difference do: with the logarithm of the odds against 0, softmax gives
 * the probabilities that serving gave.
 * @returns float32 [reviews, 2]
 */
function logitsOf(predictions: readonly Prediction[]): Float32Array {
  return Float32Array.from(
    predictions.flatMap(({ probabilities: { negative, positive } }) => {
      const logOdds = Math.log(positive) - Math.log(negative);
      return [0, Math.max(-largestLogit, Math.min(largestLogit, logOdds))];
    }),
  );
}
