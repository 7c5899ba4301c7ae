/** The training loop: phases of epochs, validation after each, the best weights kept, checkpoints to go on from. */
import { createHash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { Review } from '../data/dataset.ts';
import { DistilleryError } from '../errors.ts';
import { isLabelled } from '../evaluation/labelledReviews.ts';
import { measureAnswers } from '../evaluation/measure.ts';
import type { Engine, Model, Trainer, Weights } from '../nn/engine.ts';
import { startState } from '../nn/engine.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import type { Checkpoint, Position } from './checkpoint.ts';
import { loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Example } from './examples.ts';
import type { RunContext } from './runContext.ts';
import { epochBatches, trainingBatch } from './examples.ts';
import { PhaseReporter } from '../progress/phaseReporter.ts';
import { progressOf } from '../progress/progress.ts';
import { learningRateAt } from './schedule.ts';

/** One stretch of training with one kind of target. */
export interface TrainingPhase {
  name: 'training' | 'hard-label-training';
  examples: readonly Example[];
  epochs: number;
  temperature: number;
  hardLabelWeight: number;
}

export interface FitOptions {
  model: Model;
  initial: Weights;
  phases: readonly TrainingPhase[];
  validation: { reviews: readonly Review[]; tokenizer: Tokenizer; maxTokens: number };
  settings: {
    batchSize: number;
    learningRate: number;
    warmup: number;
    weightDecay: number;
    clipNorm: number;
    seed: number;
  };
  /** The checkpoint lies in its folder. */
  context: Pick<
    RunContext,
    'engine' | 'runFolder' | 'checkpointSeconds' | 'report' | 'onEpoch' | 'onCheckpoint' | 'signal'
  >;
}

const validationBatch = 64;

/**
 * Trains phase after phase; a later phase goes on from the best weights of the one before, with fresh moments.
 * Resumes from the folder's checkpoint if it is of the same configuration; the last one, after all phases, spares a
 * run that is killed while its model is exported from training again. The folder is the caller's to remove.
 * @returns the weights of the epoch with the best validation accuracy in the last phase
 * @throws CANCELLED soon after the signal, with a checkpoint saved
 */
export async function fit(options: FitOptions): Promise<Weights> {
  const configuration = fingerprint(options);
  const { runFolder, onCheckpoint } = options.context;
  const saved = await loadCheckpoint(runFolder, configuration, onCheckpoint);
  const position: Position = saved?.position ?? {
    configuration,
    phase: 0,
    epoch: 0,
    batch: 0,
    lossSum: 0,
    step: 0,
    epochs: [],
    bestAccuracy: -1,
  };
  // The process that trained them may have been killed before anyone had heard of them.
  for (const [index, epoch] of position.epochs.entries()) options.context.onEpoch(epoch, index);
  const progress = { position, best: saved?.best ?? null };
  let start: Parameters<Engine['trainer']>[1] = saved?.state ?? options.initial;

  for (const phase of options.phases.slice(position.phase)) {
    const trainer = await options.context.engine.trainer(options.model, start, options.settings);
    try {
      await runPhase(options, phase, trainer, progress);
    } finally {
      await trainer.dispose();
    }
    if (!progress.best) throw new Error('a phase ended without validated weights');
    start = progress.best;
    Object.assign(position, {
      phase: position.phase + 1,
      epoch: 0,
      batch: 0,
      lossSum: 0,
      step: 0,
      bestAccuracy: -1,
    });
    await keep(options, {
      position,
      state: startState(options.model.training, start),
      best: progress.best,
    });
  }
  if (!progress.best) throw new Error('there was no phase to train');
  return progress.best;
}

async function keep({ context }: FitOptions, checkpoint: Checkpoint): Promise<void> {
  await saveCheckpoint(context.runFolder, checkpoint);
  context.onCheckpoint({ state: 'saved' });
}

interface FitProgress {
  readonly position: Position;
  best: Weights | null;
}

async function runPhase(
  options: FitOptions,
  phase: TrainingPhase,
  trainer: Trainer,
  progress: FitProgress,
): Promise<void> {
  const { settings } = options;
  const { signal, checkpointSeconds } = options.context;
  const { position } = progress;
  const batchesPerEpoch = Math.ceil(phase.examples.length / settings.batchSize);
  const total = batchesPerEpoch * phase.epochs;
  let reviews = position.epoch * phase.examples.length + position.batch * settings.batchSize;
  const reporter = new PhaseReporter(
    options.context.report,
    phase.name,
    phase.examples.length * phase.epochs,
    reviews,
  );
  let savedAt = performance.now();
  const save = async () => {
    const state = trainer.state();
    position.step = state.step;
    await keep(options, { position, state, best: progress.best });
    savedAt = performance.now();
  };

  while (position.epoch < phase.epochs) {
    const batches = epochBatches(
      phase.examples,
      settings.batchSize,
      settings.seed + position.phase,
      position.epoch,
    );
    let sinceEvent = { loss: 0, steps: 0 };
    while (position.batch < batches.length) {
      if (signal.aborted) {
        await save();
        throw new DistilleryError('CANCELLED', 'The training was stopped; its checkpoint is kept.');
      }
      const examples = batches[position.batch]!.map((i) => phase.examples[i]!);
      const step = position.epoch * batchesPerEpoch + position.batch;
      const { loss } = await trainer.step(trainingBatch(examples), {
        learningRate: learningRateAt(step, total, settings.learningRate, settings.warmup),
        temperature: phase.temperature,
        hardLabelWeight: phase.hardLabelWeight,
      });
      requireFinite(loss, step, settings.learningRate);
      position.batch += 1;
      position.lossSum += loss;
      sinceEvent.loss += loss;
      sinceEvent.steps += 1;
      reviews += examples.length;
      const reported = reporter.advance(reviews, () => ({
        epoch: position.epoch + 1,
        step: step + 1,
        total,
        loss: sinceEvent.loss / sinceEvent.steps,
      }));
      if (reported) sinceEvent = { loss: 0, steps: 0 };
      if (performance.now() - savedAt > 1_000 * checkpointSeconds) await save();
    }
    await save(); // validation may be stopped
    await endEpoch(options, phase, trainer, progress, {
      step: (position.epoch + 1) * batchesPerEpoch,
      total,
    });
    Object.assign(position, { epoch: position.epoch + 1, batch: 0, lossSum: 0 });
    if (position.epoch < phase.epochs) await save();
  }
}

/** Validates, and keeps the weights if they are the best of their phase. */
async function endEpoch(
  options: FitOptions,
  phase: TrainingPhase,
  trainer: Trainer,
  progress: FitProgress,
  at: { step: number; total: number },
): Promise<void> {
  const { position } = progress;
  const { weights } = trainer.state();
  const { tokenizer, maxTokens } = options.validation;
  const reviews = options.validation.reviews.filter(isLabelled);
  const predictor = await options.context.engine.predictor(options.model, weights);
  const reporter = new PhaseReporter(options.context.report, 'validating', reviews.length);
  try {
    const { metrics: validation } = await measureAnswers({ predictor, tokenizer }, reviews, {
      maxTokens,
      batchSize: validationBatch,
      signal: options.context.signal,
      onProgress: (done) => void reporter.advance(done, () => ({ epoch: position.epoch + 1 })),
    });
    const loss = position.lossSum / Math.max(1, position.batch);
    const ended = { phase: phase.name, epoch: position.epoch + 1, loss, validation };
    position.epochs.push(ended);
    options.context.onEpoch(ended, position.epochs.length - 1);
    if (validation.accuracy > position.bestAccuracy) {
      position.bestAccuracy = validation.accuracy;
      progress.best = weights;
    }
    options.context.report(
      progressOf(phase.name, {
        epoch: position.epoch + 1,
        ...at,
        loss,
        validationAccuracy: validation.accuracy,
      }),
    );
  } finally {
    await predictor.dispose();
  }
}

function requireFinite(loss: number, step: number, learningRate: number): void {
  if (Number.isFinite(loss)) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The loss is no longer a number at step ${step + 1}: the learning rate ${learningRate} is too high for this model. Choose a lower one.`,
    { step: step + 1, learningRate },
  );
}

/** Names what is trained: a checkpoint of anything else is not taken. */
function fingerprint({ phases, settings, initial }: FitOptions): string {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  for (const { name, epochs, temperature, hardLabelWeight, examples } of phases) {
    hash.update(JSON.stringify([name, epochs, temperature, hardLabelWeight, examples.length]));
    for (const { ids, label, teacherLogits } of examples)
      hash.update(`${ids.join()} ${label} ${teacherLogits?.join()}\n`);
  }
  for (const [name, { shape, data }] of initial)
    hash.update(`${name} ${shape.join()} ${data[0]} ${data[data.length - 1]}`);
  return hash.digest('hex');
}
