/** What the names of student architectures stand for. */
import type { CnnSpec, GruSpec } from '../models/spec.ts';
import type { StudentNetwork } from './config.ts';

type Rest = Pick<GruSpec, 'vocabularySize' | 'embeddingSize' | 'dropout' | 'wordDropout'>;

const networks: Readonly<Record<StudentNetwork, (size: number, rest: Rest) => GruSpec | CnnSpec>> = {
  gru: (hiddenSize, rest) => ({ kind: 'gru', ...rest, hiddenSize, bidirectional: false, pooling: 'last' }),
  bigru: (hiddenSize, rest) => ({
    kind: 'gru',
    ...rest,
    hiddenSize,
    bidirectional: true,
    pooling: 'mean-max',
  }),
  // Five tokens, as wide as a short phrase
  cnn: (filters, rest) => ({ kind: 'cnn', ...rest, filters, filterWidths: [5], pooling: 'max' }),
  textcnn: (filters, rest) => ({
    kind: 'cnn',
    ...rest,
    filters,
    filterWidths: [2, 3, 4, 5],
    pooling: 'mean-max',
  }),
};

/** @param architecture as studentConfig takes it: `gru-64` */
export function studentSpec(architecture: string, rest: Rest): GruSpec | CnnSpec {
  const [network, size] = architecture.split('-') as [StudentNetwork, string];
  return networks[network](Number(size), rest);
}
