/** The Python of the README, run as it stands there on an exported student, against the product's own answers. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { softmaxPair } from '../../src/evaluation/metrics.ts';
import { withModel } from '../../src/evaluation/measure.ts';
import { modelFiles } from '../../src/models/card.ts';
import { exportTo } from '../../src/models/exported.ts';
import { buildModel, initialWeights } from '../../src/models/networks/index.ts';
import { toOnnx } from '../../src/nn/onnx/export.ts';
import { padBatch } from '../../src/text/batch.ts';
import { buildWordTokenizer } from '../../src/text/word.ts';
import { studentSpec } from '../../src/training/architectures.ts';
import { exampleCard } from '../models/exampleCard.ts';

const python = process.env.DISTILLERY_PYTHON;
if (!python) {
  process.stderr.write(
    "The README's Python is not run: set DISTILLERY_PYTHON to a Python with onnxruntime and numpy.\n",
  );
}

const maxTokens = 15;
const texts = [
  'Slow at first, and then you cannot look away.',
  "I don't think it's bad; they've MADE something they'd be proud of, and she'll say \"we're in!\"",
  "Rock'n'roll, o'clock, the actors' 'tis: n't",
  'A solid 8.5/10, or 7/10... 1,000 reasons, 3.5 of them good. 2/',
  'Wow!!!!!!! No. No?? -- *** $5 #1 a+b snake_case & <br /><br />a <i>new</i> line, 3 < 4 > 2',
  'Café, naïve, déjà vu, Ångström, São Tomé; e\u0301te\u0301 and œuvre',
  '“It’s ‘fine’” — really… isn’t it? ½ as good 👍👍👍👍',
  `It starts ${'well and goes on and on, '.repeat(40)}and then it ends in tears.`,
  'fourteen words are here , and not one more , so all of it stays',
  'tabs\tand\nlines\r\nand\u00a0spaces',
  '   ',
  'nothingofthisisknown',
];

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'distillery-readme-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A student whose answer hangs on every word and its place, with every word but the last text's in its vocabulary. */
async function exportStudent(): Promise<string> {
  const tokenizer = buildWordTokenizer(texts.slice(0, -1), 1000);
  const { vocabularySize } = tokenizer;
  const spec = studentSpec('gru-8', { vocabularySize, embeddingSize: 8, dropout: 0, wordDropout: 0 });
  const weights = new Map(
    [...initialWeights(spec, 1)].map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map((w) => 4 * w) },
    ]),
  );
  await writeFile(
    join(folder, modelFiles.graph),
    toOnnx(buildModel(spec).inference, { mode: 'inference', weights }),
  );
  await writeFile(join(folder, modelFiles.tokenizer), JSON.stringify(tokenizer.toJSON()));
  const target = join(folder, 'student');
  await exportTo({ folder, card: exampleCard({ maxTokens, spec }) }, target);
  return target;
}

async function snippet(): Promise<string> {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  return /## Your model elsewhere[^]*?```python\n([^]*?)```/.exec(readme)?.[1] ?? '';
}

it('is there', async () => {
  expect(await snippet()).toContain('onnxruntime.InferenceSession');
});

(python ? it : it.skip)('gives the same answers as the product', async () => {
  const student = await exportStudent();
  const script = join(folder, 'classify.py');
  await writeFile(script, await snippet());
  const environment = { ...process.env, PYTHONIOENCODING: 'utf-8' };
  const { stdout } = await promisify(execFile)(python ?? '', [script, student, ...texts], {
    env: environment,
  });
  const printed = [...stdout.matchAll(/^([01]\.\d{4}) /gm)].map(([, probability]) => Number(probability));

  const expected = await withModel(student, 1, async ({ predictor, tokenizer }) => {
    const answers: number[] = [];
    for (const text of texts) {
      const logits = await predictor.predict(padBatch([tokenizer.encode(text, maxTokens)]));
      answers.push(softmaxPair(logits[0] ?? NaN, logits[1] ?? NaN)[1]);
    }
    return answers;
  });
  expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.3);
  expect(printed).toEqual(expected.map((probability) => expect.closeTo(probability, 3.5)));
});
