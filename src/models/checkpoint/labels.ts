/** Which column of a classifier's logits means positive, by the names of its labels in `config.json`. */
import { z } from 'zod';
import { DistilleryError, shown } from '../../errors.ts';

const names = z.record(z.string(), z.string());
const negative = /^(negative|neg|label_0)$/i;
const positive = /^(positive|pos|label_1)$/i;

/**
 * @param id2label of a `config.json`; without it the labels have their default names, LABEL_0 and LABEL_1
 * @returns the column of the positive label
 * @throws DistilleryError INVALID_CHECKPOINT naming the labels, where they are not negative and positive
 */
export function positiveColumn(id2label: unknown): 0 | 1 {
  const parsed = names.safeParse(id2label ?? { 0: 'LABEL_0', 1: 'LABEL_1' });
  const { 0: first = '', 1: second = '', ...others } = parsed.data ?? {};
  if (Object.keys(others).length === 0) {
    if (negative.test(first) && positive.test(second)) return 1;
    if (positive.test(first) && negative.test(second)) return 0;
  }
  throw new DistilleryError(
    'INVALID_CHECKPOINT',
    `The labels in config.json (id2label) are ${shown(id2label, 300)}; expected two, for 0 and 1: negative and positive, neg and pos, or LABEL_0 and LABEL_1.`,
    { file: 'config.json' },
  );
}
