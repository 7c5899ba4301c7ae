/** Metrics of aliases that try a version: which of the two answered how many texts, and how far a shadow agrees. */
import { Gauge, type Registry } from 'prom-client';
import type { Trial } from '../serving/trial.ts';

/** Gauges, since counting starts anew with each trial. */
export class TrialMetrics {
  readonly #texts;
  readonly #shadowed;
  readonly #difference;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#texts = new Gauge({
      name: 'distillery_trial_texts',
      help: 'Texts since the trial began, by the version that was asked and by how they ended.',
      labelNames: ['alias', 'role', 'model', 'outcome'],
      registers,
    });
    this.#shadowed = new Gauge({
      name: 'distillery_trial_shadow_texts',
      help: 'Texts since the trial began for which a shadow agreed with the answer, did not, or was not asked.',
      labelNames: ['alias', 'outcome'],
      registers,
    });
    this.#difference = new Gauge({
      name: 'distillery_trial_shadow_difference',
      help: 'Mean absolute difference of the probabilities of positive, of a shadow and of the answer.',
      labelNames: ['alias'],
      registers,
    });
  }

  /** Takes the place of all that was told before. */
  setState(trials: readonly Trial[]): void {
    for (const gauge of [this.#texts, this.#shadowed, this.#difference]) gauge.reset();
    for (const trial of trials) {
      const { alias, shadow, statistics } = trial;
      for (const role of ['stable', 'candidate'] as const) {
        const { name, version } = trial[role].card;
        for (const outcome of ['answered', 'failed'] as const)
          this.#texts.set({ alias, role, model: `${name}@${version}`, outcome }, statistics[role][outcome]);
      }
      if (!shadow) continue;
      const { candidate, agreed, skipped, differenceSum } = statistics;
      this.#shadowed.set({ alias, outcome: 'agreed' }, agreed);
      this.#shadowed.set({ alias, outcome: 'disagreed' }, candidate.answered - agreed);
      this.#shadowed.set({ alias, outcome: 'skipped' }, skipped);
      if (candidate.answered > 0) this.#difference.set({ alias }, differenceSum / candidate.answered);
    }
  }
}
