/** The students: what their names stand for, how large they are, and that a release does not change what a seed gives. */
import { describe, expect, it } from '@jest/globals';
import { initialWeights, parameterCount } from '../../src/models/networks/index.ts';
import { modelSpec } from '../../src/models/spec.ts';
import { studentSpec } from '../../src/training/architectures.ts';

const [words, embedding] = [100, 8];
const rest = { vocabularySize: words, embeddingSize: embedding, dropout: 0.2, wordDropout: 0 };

describe('a student’s architecture', () => {
  it('decides its size', () => {
    const n = 6;
    const table = words * embedding;
    const gru = 3 * n * (embedding + n) + 2 * 3 * n;
    const filters = (width: number) => width * embedding * n + n;
    const classifier = (features: number) => 2 * features + 2;
    expect(parameterCount(studentSpec('gru-6', rest))).toBe(table + gru + classifier(n));
    expect(parameterCount(studentSpec('bigru-6', rest))).toBe(table + 2 * gru + classifier(4 * n));
    expect(parameterCount(studentSpec('cnn-6', rest))).toBe(table + filters(5) + classifier(n));
    expect(parameterCount(studentSpec('textcnn-6', rest))).toBe(
      table + filters(2) + filters(3) + filters(4) + filters(5) + classifier(8 * n),
    );
  });

  it('gives the reverse direction weights of its own', () => {
    const weights = initialWeights(studentSpec('bigru-6', rest), 3);
    const [forward, reverse] = ['gru', 'gru.reverse'].map((name) => weights.get(`${name}.recurrent.weight`)!);
    expect(forward!.shape).toEqual(reverse!.shape);
    expect(forward!.data).not.toEqual(reverse!.data);
  });
});

/** Of each weight: its shape, first and last number, and the sum of all sizes; seed 3. */
const drawn: Readonly<Record<string, readonly (readonly [string, number[], number[]])[]>> = {
  'gru-6': [
    ['embedding.weight', [100, 8], [-0.057669755, -0.029367981, 63.857538]],
    ['gru.input.weight', [8, 18], [0.243716091, -0.338060081, 28.970655]],
    ['gru.recurrent.weight', [6, 18], [0.255583405, 0.078475967, 24.982544]],
    ['gru.input.bias', [18], [0, 0, 0]],
    ['gru.recurrent.bias', [18], [0, 0, 0]],
    ['classifier.weight', [6, 2], [-0.305670679, 0.48346889, 5.890392]],
    ['classifier.bias', [2], [0, 0, 0]],
  ],
  'cnn-6': [
    ['embedding.weight', [100, 8], [-0.057669755, -0.029367981, 63.857538]],
    ['convolution.weight', [40, 6], [0.215603873, 0.014062922, 44.460581]],
    ['convolution.bias', [6], [0, 0, 0]],
    ['classifier.weight', [6, 2], [0.564812422, -0.536142886, 4.60667]],
    ['classifier.bias', [2], [0, 0, 0]],
  ],
};

it.each(Object.entries(drawn))('draws the weights of %s as ever', (architecture, expected) => {
  const weights = initialWeights(studentSpec(architecture, rest), 3);
  expect([...weights.keys()]).toEqual(expected.map(([name]) => name));
  for (const [name, shape, figures] of expected) {
    const { data, ...tensor } = weights.get(name)!;
    expect(tensor.shape).toEqual(shape);
    const found = [data[0]!, data[data.length - 1]!, data.reduce((sum, weight) => sum + Math.abs(weight), 0)];
    found.forEach((figure, i) => expect(figure).toBeCloseTo(figures[i]!, 4));
  }
});

it('reads the cards of earlier releases, whose students were the plain ones', () => {
  const old = { vocabularySize: words, embeddingSize: embedding, dropout: 0.2 };
  expect(modelSpec.parse({ kind: 'gru', ...old, hiddenSize: 6 })).toEqual(studentSpec('gru-6', rest));
  expect(modelSpec.parse({ kind: 'cnn', ...old, filters: 6, filterWidth: 5 })).toEqual(
    studentSpec('cnn-6', rest),
  );
});
