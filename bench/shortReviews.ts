/**
 * `npm run bench -- short-reviews`: what the released models make of short product reviews, which are unlike those of
 * films that they learnt from: plain ones, negation, mixed opinions and irony.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { withModel } from '../src/evaluation/measure.ts';
import { predictedClass, softmaxPair } from '../src/evaluation/metrics.ts';
import { predictAll } from '../src/evaluation/predict.ts';
import { modelFolders, readCard } from '../src/models/modelFolder.ts';
import { writeResult } from './results.ts';

const kinds = ['plain', 'negation', 'mixed', 'irony'] as const;
const labels = ['negative', 'positive'] as const;
const shortReviews = z.array(z.object({ kind: z.enum(kinds), label: z.enum(labels), text: z.string() }));

export async function run(): Promise<void> {
  const reviews = shortReviews.parse(
    JSON.parse(await readFile(new URL('shortReviews.json', import.meta.url), 'utf8')),
  );
  const texts = reviews.map(({ text }) => text);
  const rows: object[] = [];
  for (const folder of await modelFolders(fileURLToPath(new URL('../models', import.meta.url)))) {
    const { name, version, maxTokens } = await readCard(folder);
    const logits = await withModel(folder, 1, ({ predictor, tokenizer }) =>
      predictAll(predictor, tokenizer, texts, { maxTokens, batchSize: 32 }),
    );
    const answers = reviews.map((review, i) => {
      const [negative, positive] = [logits[2 * i]!, logits[2 * i + 1]!];
      const right = labels[predictedClass(negative, positive)] === review.label;
      return { ...review, right, positive: softmaxPair(negative, positive)[1] };
    });
    const row = {
      model: `${name}@${version}`,
      right: Object.fromEntries(
        kinds.map((kind) => [kind, answers.filter((answer) => answer.kind === kind && answer.right).length]),
      ),
      wrong: answers
        .filter(({ right }) => !right)
        .map(({ text, positive }) => ({ text, positive: Number(positive.toFixed(3)) })),
    };
    console.log(row.model, row.right);
    rows.push(row);
  }
  await writeResult('short-reviews', 'short-reviews', {
    reviews: Object.fromEntries(
      kinds.map((kind) => [kind, reviews.filter((review) => review.kind === kind).length]),
    ),
    rows,
  });
}
