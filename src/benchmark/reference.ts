/** Whether a quantised model is still as good as the one that it was made of. */
import type { ModelCard } from '../models/card.ts';
import type { BenchmarkEntry } from './report.ts';
import { referenceOf } from '../names.ts';

/** What MLPerf Inference asks of its closed division: at least 99 % of the reference's accuracy. */
export const leastShareOfReference = 0.99;

type Validity = Pick<BenchmarkEntry, 'reference' | 'accuracyOfReference' | 'valid'>;

/**
 * @param accuracies by name@version, of the models that were measured on the same reviews; for a reference that is not
 *   among them the card says what both came to on the validation reviews
 */
export function heldAgainstReference(card: ModelCard, accuracies: ReadonlyMap<string, number>): Validity {
  const { quantization, calibration } = card;
  if (!quantization) return { reference: null, accuracyOfReference: null, valid: true };
  const { model: reference, accuracyBefore } = quantization;
  const accuracyAfter = calibration?.accuracyAfter ?? quantization.accuracyAfter;
  const [mine, theirs] = [accuracies.get(referenceOf(card)), accuracies.get(reference)];
  const accuracyOfReference =
    mine !== undefined && theirs !== undefined ? mine / theirs : accuracyAfter / accuracyBefore;
  return { reference, accuracyOfReference, valid: accuracyOfReference >= leastShareOfReference };
}
