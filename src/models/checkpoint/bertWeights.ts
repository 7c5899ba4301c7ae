/** The weights of a Hugging Face BERT or DistilBERT checkpoint: their names, their shapes, and their layout in our graphs. */
import { DistilleryError } from '../../errors.ts';
import type { Tensor, Weights } from '../../nn/engine.ts';
import type { BertSpec } from '../spec.ts';

type Sizes = Omit<BertSpec, 'pooling' | 'kind'>;

/** Shape in the file, and whether it is a linear layer's matrix, stored [out, in]. */
interface Expected {
  readonly shape: readonly number[];
  readonly linear: boolean;
}

/** Buffers of older releases, which hold positions and nothing learnt. */
const buffers = new Set(['embeddings.position_ids', 'embeddings.token_type_ids']);

/** Heads of pretraining, BERT's and DistilBERT's. */
const pretrainingHead = /^(cls|vocab_(transform|layer_norm|projector))\./;

/** Where DistilBERT's parts have their place in BERT. */
const distilbertParts: readonly (readonly [RegExp, string])[] = [
  [/^transformer\./, 'encoder.'],
  [/\.attention\.q_lin\./, '.attention.self.query.'],
  [/\.attention\.k_lin\./, '.attention.self.key.'],
  [/\.attention\.v_lin\./, '.attention.self.value.'],
  [/\.attention\.out_lin\./, '.attention.output.dense.'],
  [/\.sa_layer_norm\./, '.attention.output.LayerNorm.'],
  [/\.ffn\.lin1\./, '.intermediate.dense.'],
  [/\.ffn\.lin2\./, '.output.dense.'],
  [/\.output_layer_norm\./, '.output.LayerNorm.'],
  [/^pre_classifier\./, 'pooler.dense.'],
];

/**
 * Turns the tensors of a checkpoint's file into the weights that our BERT takes: names without the leading `bert.`,
 * those of DistilBERT as the same part is called in BERT, gamma and beta renamed to weight and bias, linear matrices
 * transposed from [out, in] to [in, out]. Pretraining heads are left out. The matrices of `stored` are transposed in place, so `stored` is used up.
 *
 * Pooler and classifier may be missing, each as a whole.
 *
 * @throws DistilleryError INVALID_CHECKPOINT naming the tensor that is missing, unknown or of another shape
 */
export function adoptBertWeights(stored: Weights, sizes: Sizes): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [storedName, tensor] of stored) {
    const name = productName(storedName);
    if (pretrainingHead.test(name) || buffers.has(name)) continue;
    if (found.has(name))
      throw invalid(`Two tensors of the checkpoint are called "${name}".`, { tensor: name });
    found.set(name, tensor);
  }

  const weights = new Map<string, Tensor>();
  let scratch = new Float32Array(0);
  for (const group of expectedGroups(sizes)) {
    if (group.optional && ![...group.tensors.keys()].some((name) => found.has(name))) continue;
    for (const [name, { shape, linear }] of group.tensors) {
      const tensor = found.get(name);
      if (!tensor)
        throw invalid(`Tensor "${name}" is missing; expected shape [${shape}].`, {
          tensor: name,
          expected: shape,
        });
      checkShape(name, tensor.shape, shape);
      if (linear) {
        if (scratch.length < tensor.data.length) scratch = new Float32Array(tensor.data.length);
        weights.set(name, transposeInPlace(tensor, scratch));
      } else {
        weights.set(name, tensor);
      }
      found.delete(name);
    }
  }
  const [unknown] = found.keys();
  if (unknown !== undefined) {
    throw invalid(
      `Tensor "${unknown}" has no place in a BERT encoder of ${sizes.layers} layers with a classification head: config.json and the weights do not fit each other.`,
      { tensor: unknown },
    );
  }
  return weights;
}

function productName(storedName: string): string {
  const name = storedName
    .replace(/^(distil)?bert\./, '')
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias');
  return distilbertParts.reduce((renamed, [part, place]) => renamed.replace(part, place), name);
}

/** Everything that a checkpoint of these sizes holds, with the shapes of its file. */
function expectedGroups(sizes: Sizes): { optional: boolean; tensors: Map<string, Expected> }[] {
  const { hiddenSize: hidden, intermediateSize: intermediate } = sizes;
  const encoder = new Map<string, Expected>();
  const plain = (name: string, ...shape: number[]) => encoder.set(name, { shape, linear: false });
  const linear = (name: string, from: number, to: number) => addLinear(encoder, name, from, to);
  const norm = (name: string) => {
    plain(`${name}.weight`, hidden);
    plain(`${name}.bias`, hidden);
  };

  plain('embeddings.word_embeddings.weight', sizes.vocabularySize, hidden);
  plain('embeddings.position_embeddings.weight', sizes.maxPositions, hidden);
  if (sizes.typeVocabularySize > 0)
    plain('embeddings.token_type_embeddings.weight', sizes.typeVocabularySize, hidden);
  norm('embeddings.LayerNorm');
  for (let layer = 0; layer < sizes.layers; layer++) {
    const prefix = `encoder.layer.${layer}`;
    for (const part of ['query', 'key', 'value']) linear(`${prefix}.attention.self.${part}`, hidden, hidden);
    linear(`${prefix}.attention.output.dense`, hidden, hidden);
    norm(`${prefix}.attention.output.LayerNorm`);
    linear(`${prefix}.intermediate.dense`, hidden, intermediate);
    linear(`${prefix}.output.dense`, intermediate, hidden);
    norm(`${prefix}.output.LayerNorm`);
  }
  return [
    { optional: false, tensors: encoder },
    { optional: true, tensors: addLinear(new Map(), 'pooler.dense', hidden, hidden) },
    { optional: true, tensors: addLinear(new Map(), 'classifier', hidden, 2) },
  ];
}

function addLinear(
  tensors: Map<string, Expected>,
  name: string,
  from: number,
  to: number,
): Map<string, Expected> {
  tensors.set(`${name}.weight`, { shape: [to, from], linear: true });
  return tensors.set(`${name}.bias`, { shape: [to], linear: false });
}

function checkShape(name: string, found: readonly number[], expected: readonly number[]): void {
  if (found.length === expected.length && found.every((size, axis) => size === expected[axis])) return;
  const hint = name.startsWith('classifier.')
    ? ' A classifier must have two labels, negative and positive.'
    : '';
  throw invalid(`Tensor "${name}" has shape [${found}], expected [${expected}].${hint}`, {
    tensor: name,
    expected,
    found,
  });
}

/** [rows, columns] → [columns, rows] in the same memory; `scratch` holds at least as many values. */
function transposeInPlace({ shape, data }: Tensor, scratch: Float32Array): Tensor {
  const [rows = 0, columns = 0] = shape;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      scratch[column * rows + row] = data[row * columns + column] ?? 0;
    }
  }
  data.set(scratch.subarray(0, data.length));
  return { shape: [columns, rows], data };
}

function invalid(message: string, facts: Record<string, string | readonly number[]>): DistilleryError {
  return new DistilleryError('INVALID_CHECKPOINT', message, facts);
}
