/** Importing models of others and our own: the answers they had, their label order, and every folder that is refused. */
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import protobuf from 'protobufjs';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { loadModel } from '../../src/evaluation/loadedModel.ts';
import { modelCard, signatureOf } from '../../src/models/card.ts';
import { exportTo } from '../../src/models/exported.ts';
import type { Tensor } from '../../src/nn/engine.ts';
import { padBatch } from '../../src/text/batch.ts';
import { importConfig, type ImportConfig } from '../../src/training/config.ts';
import { importFolder } from '../../src/training/importModel.ts';
import type { TrainedModel } from '../../src/training/messages.ts';
import {
  asDistilbert,
  seeded,
  tinyConfig,
  tinyDistilbertConfig,
  tinyTensors,
  writeTinyCheckpoint,
} from '../models/checkpointFolder.ts';
import { temporaryFolder } from '../models/temporaryFolder.ts';
import { foreignModel, writeFolder, writeForeignFolder } from '../models/onnxFolder.ts';
import { gruModel, tinyTokenizer } from '../serving/tinyModel.ts';

const root = await temporaryFolder();
const newFolder = (name: string) => mkdtemp(join(root, `${name}-`));

async function importing(
  source: string,
  options: Partial<ImportConfig> = {},
  dataset: Dataset | null = null,
): Promise<TrainedModel> {
  const config = importConfig.parse({ kind: 'import', name: 'theirs', checkpoint: 'folder', ...options });
  const context = { threads: 1, runFolder: await newFolder('run'), report: () => undefined };
  return importFolder(source, config, dataset, { ...context, signal: new AbortController().signal });
}

/** Each text in a batch of its own, then all together, which pads the shorter ones. */
async function logitsOf(folder: string, texts: readonly string[], maxTokens = 8) {
  const { predictor, tokenizer } = await loadModel(folder, 1);
  const sequences = texts.map((text) => tokenizer.encode(text, maxTokens));
  const alone: number[][] = [];
  for (const ids of sequences) alone.push([...(await predictor.predict(padBatch([ids])))]);
  const together = [...(await predictor.predict(padBatch(sequences)))];
  await predictor.dispose();
  return { alone, together: alone.map((_, i) => together.slice(2 * i, 2 * i + 2)) };
}

function expectLogits(found: readonly number[][], expected: readonly (readonly number[])[]): void {
  found.forEach((logits, i) =>
    logits.forEach((logit, j) => expect(logit).toBeCloseTo(expected[i]?.[j] ?? NaN, 5)),
  );
  expect(found.length).toBe(expected.length);
}

const swappedRows = (logits: readonly (readonly number[])[]) => logits.map((pair) => pair.toReversed());

describe('a checkpoint with a classifier', () => {
  const texts = ['good badly', 'bad'];
  // Computed once in float64 with PyTorch 2.13 from the same files: torch.nn.functional's linear, layer_norm, gelu and
  // scaled_dot_product_attention, put together as the papers have it.
  const known = {
    bert: [
      [0.30742573, -0.6912664],
      [0.24250282, -0.69682588],
    ],
    distilbert: [
      [0.0240672, -0.83584438],
      [-0.12558556, -0.8182924],
    ],
  };
  const layouts = {
    bert: { tensors: seeded(tinyTensors()), config: tinyConfig },
    distilbert: { tensors: asDistilbert(seeded(tinyTensors())), config: tinyDistilbertConfig },
  };
  const write = async (
    layout: 'bert' | 'distilbert',
    config: object = {},
    tensors: ReadonlyMap<string, Tensor> = layouts[layout].tensors,
  ) =>
    writeTinyCheckpoint(await newFolder(layout), tensors, {
      'config.json': JSON.stringify({ ...layouts[layout].config, ...config }),
      'origin.json': JSON.stringify({ origin: 'https://example.org/theirs', licence: 'apache-2.0' }),
    });

  it.each(['bert', 'distilbert'] as const)('of %s answers as it did in PyTorch', async (layout) => {
    const { preparedFolder, card } = await importing(await write(layout));
    const { alone, together } = await logitsOf(preparedFolder, texts);
    expectLogits(alone, known[layout]);
    expectLogits(together, known[layout]);
    expect(card).toMatchObject({
      name: 'theirs',
      method: 'teacher',
      architecture: 'bert-2x4',
      maxTokens: 8,
      parameters: [...layouts[layout].tensors.values()].reduce((sum, { data }) => sum + data.length, 0),
      signature: signatureOf(['ids']),
      dataset: null,
      seed: null,
      engine: null,
      metrics: { validation: null, test: null },
      latency: null,
      origin: 'https://example.org/theirs',
      licence: 'apache-2.0',
    });
    // What a second stage of training starts from.
    expect(await readdir(preparedFolder)).toContain('weights.safetensors');
  });

  it.each([
    [undefined, false],
    [{ 0: 'NEGATIVE', 1: 'POSITIVE' }, false],
    [{ 0: 'neg', 1: 'Pos' }, false],
    [{ 0: 'label_0', 1: 'LABEL_1' }, false],
    [{ 0: 'positive', 1: 'negative' }, true],
    [{ 0: 'LABEL_1', 1: 'LABEL_0' }, true],
  ])('with the labels %j has negative first in the end', async (id2label, swapped) => {
    const { preparedFolder } = await importing(await write('bert', { id2label }));
    const { alone } = await logitsOf(preparedFolder, texts);
    expectLogits(alone, swapped ? swappedRows(known.bert) : known.bert);
  });

  it.each([
    [{ 0: 'toxic', 1: 'fine' }, /toxic.*fine.*expected.*negative and positive/],
    [{ 0: 'negative', 1: 'neg' }, /"negative".*"neg"/],
    [{ 0: 'negative', 1: 'positive', 2: 'neutral' }, /neutral/],
    [{ 1: 'positive' }, /positive/],
    [['negative', 7], /negative/],
  ])('with the labels %j is refused', async (id2label, message) => {
    await expect(importing(await write('bert', { id2label }))).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(message),
    });
  });

  it('with labels nested deeper than they could be shown is refused', async () => {
    const source = await write('bert');
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const config = JSON.stringify({ ...tinyConfig, id2label: 0 }).replace(
      '"id2label":0',
      `"id2label":${deep}`,
    );
    await writeFile(join(source, 'config.json'), config);
    await expect(importing(source)).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/nested too deeply/),
    });
  });

  const without = (layout: 'bert' | 'distilbert', ...parts: string[]) =>
    new Map([...layouts[layout].tensors].filter(([name]) => !parts.some((part) => name.startsWith(part))));
  it.each([
    ['an encoder alone', 'bert', without('bert', 'classifier')],
    ['a DistilBERT encoder alone', 'distilbert', without('distilbert', 'classifier', 'pre_classifier')],
    ['a classifier of tokens, which has no pooler', 'bert', without('bert', 'pooler')],
  ] as const)('is needed: %s is refused with what to do', async (_what, layout, tensors) => {
    await expect(importing(await write(layout, {}, tensors))).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/startTeacherTraining/),
    });
  });

  it('is refused with weights that are no numbers', async () => {
    const broken = new Map(layouts.bert.tensors).set('classifier.bias', {
      shape: [2],
      data: Float32Array.of(NaN, 0),
    });
    await expect(importing(await write('bert', {}, broken))).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/not finite/),
    });
  });

  it('reads at most as many tokens as it has positions', async () => {
    await expect(importing(await write('bert'), { maxTokens: 9 })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringMatching(/maxTokens is 9.*8 positions/),
    });
  });

  it('is measured on a dataset that is named', async () => {
    const catalogue = new DatasetCatalogue({ dataDirectory: await newFolder('data') });
    const rows = Array.from({ length: 60 }, (_, i) => `${i % 2 ? 'good' : 'bad'} number ${i},${i % 2}`);
    await catalogue.import('mine', 'csv', ['text,label', ...rows].join('\n'));
    const dataset = await catalogue.open('mine');
    const { card } = await importing(await write('bert'), { dataset: 'mine' }, dataset);
    expect(card).toMatchObject({
      dataset: { name: 'mine', fingerprint: dataset.fingerprint },
      metrics: { validation: { reviews: dataset.counts.validation }, test: null },
      latency: { samples: dataset.counts.validation, meanMs: expect.any(Number) },
      training: { kind: 'import', checkpoint: 'folder', dataset: 'mine' },
    });
  });
});

describe('an ONNX file of others', () => {
  /** What {@link foreignModel} is made to compute. */
  const known = (...ids: number[]) => [
    ids.reduce((sum, id, place) => sum + id / 8 + place / 16, 0),
    ids.reduce((sum, id) => sum - id / 4, 0),
  ];
  const texts = ['good badly', 'bad'];
  const expected = [known(2, 4, 5, 6, 3), known(2, 5, 3)];

  it.each([
    ['model.onnx', 'model.onnx', false],
    ['onnx/model.onnx', 'onnx/model.onnx', true],
  ])('answers as it is made to, alone and padded: %s', async (_name, place, tokenTypes) => {
    const graph = foreignModel({ tokenTypes });
    const source = await writeForeignFolder(
      await newFolder('onnx'),
      {},
      { 'model.onnx': null, [place]: graph },
    );
    const { preparedFolder, card } = await importing(source, { maxTokens: 16 });
    const { alone, together } = await logitsOf(preparedFolder, texts, 16);
    const withTypes = expected.map((pair, i) =>
      pair.map((logit) => logit + (tokenTypes ? [2.5, 1.5][i]! : 0)),
    );
    expectLogits(alone, withTypes);
    expectLogits(together, withTypes);
    const inputs = ['input_ids', 'attention_mask', ...(tokenTypes ? ['token_type_ids'] : [])];
    expect(card).toMatchObject({
      method: 'teacher',
      architecture: 'onnx',
      spec: null,
      maxTokens: 16,
      parameters: 7 * 2 + 32 * 2 + (tokenTypes ? 2 : 0) + 1,
      signature: signatureOf(inputs),
      tokenizer: { kind: 'wordpiece', vocabularySize: 7 },
      origin: 'folder',
    });
    expect(await readFile(join(preparedFolder, 'model.onnx'))).toEqual(Buffer.from(graph));
  });

  it('may have our own input', async () => {
    const { folder } = await gruModel(await newFolder('gru'));
    const vocabulary = [
      '[PAD]',
      '[UNK]',
      '[CLS]',
      '[SEP]',
      ...Array.from({ length: 10 }, (_, i) => `word${i}`),
    ];
    const source = await writeFolder(await newFolder('onnx'), {
      'model.onnx': await readFile(join(folder, 'model.onnx')),
      'vocab.txt': vocabulary.join('\n'),
    });
    const { card } = await importing(source, { maxTokens: 16 });
    expect(card).toMatchObject({ spec: null, signature: signatureOf(['ids']) });
  });

  it('has its order of labels and its positions from config.json', async () => {
    const config = (content: object) => ({ 'config.json': JSON.stringify(content) });
    const sound = config({ id2label: { 0: 'NEGATIVE', 1: 'POSITIVE' }, max_position_embeddings: 32 });
    const { card } = await importing(await writeForeignFolder(await newFolder('onnx'), {}, sound));
    expect(card.maxTokens).toBe(32);
    const swapped = config({ id2label: { 0: 'POSITIVE', 1: 'NEGATIVE' } });
    await expect(
      importing(await writeForeignFolder(await newFolder('onnx'), {}, swapped)),
    ).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/positive first/),
    });
  });

  const external = externalModel('model.onnx_data');
  it.each<
    [string, Parameters<typeof foreignModel>[0], Record<string, string | Uint8Array | null>, string, RegExp]
  >([
    [
      'without a mask',
      { inputNames: ['input_ids', 'mask'] },
      {},
      'INVALID_CHECKPOINT',
      /from ids, or from input_ids.*found input_ids, mask/,
    ],
    ['that reads padding', { masked: false }, {}, 'INVALID_CHECKPOINT', /Padding changes the answer/],
    [
      'of three labels',
      { labels: 3 },
      {},
      'INVALID_CHECKPOINT',
      /float32 \[1,3\]; expected float32 \[1, 2\]/,
    ],
    ['that gives infinite logits', { bias: Infinity }, {}, 'INVALID_CHECKPOINT', /not finite/],
    [
      'with fewer words than its vocabulary',
      { vocabulary: 6 },
      {},
      'INVALID_CHECKPOINT',
      /token 6, the vocabulary's last/,
    ],
    [
      'with fewer positions than maxTokens',
      { positions: 15 },
      {},
      'BAD_USER_INPUT',
      /two texts of up to 16 tokens/,
    ],
    ['without a vocabulary', {}, { 'vocab.txt': null }, 'INVALID_CHECKPOINT', /no vocabulary/],
    ['of another tokenizer', {}, { 'vocab.txt': '<s>\n<pad>\n' }, 'INVALID_CHECKPOINT', /expected "\[PAD\]"/],
    [
      'cut short',
      {},
      { 'model.onnx': foreignModel().subarray(0, 300) },
      'INVALID_CHECKPOINT',
      /not an ONNX model/,
    ],
    [
      'that is none',
      {},
      { 'model.onnx': 'version https://git-lfs.github.com/spec/v1' },
      'INVALID_CHECKPOINT',
      /not an ONNX model/,
    ],
    [
      'with its weights elsewhere',
      {},
      { 'model.onnx': external },
      'INVALID_CHECKPOINT',
      /another file, model.onnx_data/,
    ],
    [
      'with its weights anywhere',
      {},
      { 'model.onnx': externalModel('/etc/hostname') },
      'INVALID_CHECKPOINT',
      /another file/,
    ],
  ])('%s is refused', async (_what, graph, files, code, message) => {
    const source = await writeForeignFolder(await newFolder('onnx'), graph, files);
    await expect(importing(source, { maxTokens: 16 })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('a model that Distillery exported', () => {
  const text = 'the film is neither long nor short';

  async function exported(changes: object = {}): Promise<{ source: string; made: string }> {
    const { folder, card } = await gruModel(await newFolder('made'));
    const source = join(await newFolder('exported'), 'tiny-gru-3');
    const metrics = { reviews: 10, accuracy: 0.9, precision: 1, recall: 1, f1: 1, calibrationError: 0 };
    const complete = modelCard.parse({
      ...card,
      version: 3,
      method: 'distilled',
      parentTeacher: 'big@2',
      temperature: 2,
      metrics: { validation: metrics, test: null },
    });
    await exportTo({ folder, card: { ...complete, ...changes } }, source);
    return { source, made: folder };
  }

  it('comes back as what it was, with the same logits', async () => {
    const { source, made } = await exported();
    const { preparedFolder, card } = await importing(source);
    const stored = modelCard.parse(JSON.parse(await readFile(join(source, 'card.json'), 'utf8')));
    expect(modelCard.parse({ ...card, version: 3 })).toEqual({ ...stored, name: 'theirs' });
    expect(stored).toMatchObject({
      method: 'distilled',
      parentTeacher: 'big@2',
      signature: signatureOf(['ids']),
    });
    expect((await logitsOf(preparedFolder, [text])).alone).toEqual((await logitsOf(made, [text])).alone);
    expect(await readdir(source)).toEqual(['card.json', 'model.onnx', 'tokenizer.json']);
  });

  it.each([[{ maxTokens: 32 }], [{ dataset: 'sample' }]])(
    'has its numbers already: refuses %j',
    async (options) => {
      const { source } = await exported();
      await expect(importing(source, options)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringMatching(/tiny-gru@3.*maxTokens \(64\)/),
      });
    },
  );

  it.each<[string, (source: string) => Promise<void>, RegExp]>([
    [
      'a card that is nested without end',
      async (source) => {
        const card = await readFile(join(source, 'card.json'), 'utf8');
        const deep = `{"before":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
        await writeFile(
          join(source, 'card.json'),
          card.replace('"training": {}', () => `"training": ${deep}`),
        );
      },
      /card.json can't be read/,
    ],
    [
      'a card of more tokens than any model reads',
      async (source) => {
        const card = await readFile(join(source, 'card.json'), 'utf8');
        await writeFile(
          join(source, 'card.json'),
          card.replace('"maxTokens": 64', '"maxTokens": 4000000000'),
        );
      },
      /not a model card/,
    ],
    ['a card that is none', (source) => writeFile(join(source, 'card.json'), '{}'), /not a model card/],
    [
      'the tokenizer of another model',
      (source) =>
        writeFile(
          join(source, 'tokenizer.json'),
          JSON.stringify({ ...tinyTokenizer.toJSON(), vocabulary: ['<pad>', '<unk>', 'good'] }),
        ),
      /word tokenizer of 3 tokens.*not of one model/,
    ],
    [
      'the graph of another model',
      (source) => writeFile(join(source, 'model.onnx'), foreignModel({ labels: 3 })),
      /model.onnx can't run/,
    ],
  ])('is refused with %s', async (_what, damage, message) => {
    const { source } = await exported();
    await damage(source);
    await expect(importing(source)).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(message),
    });
  });

  it('is refused without its graph', async () => {
    const { source } = await exported();
    const bare = await writeFolder(await newFolder('bare'), {
      'card.json': await readFile(join(source, 'card.json')),
      'tokenizer.json': await readFile(join(source, 'tokenizer.json')),
    });
    await expect(importing(bare)).rejects.toMatchObject({
      code: 'INVALID_CHECKPOINT',
      message: expect.stringMatching(/model.onnx is missing/),
    });
  });
});

it('a folder without any model is refused with what is in it', async () => {
  const source = await writeFolder(await newFolder('other'), {
    'pytorch_model.bin': 'x',
    'config.json': '{}',
  });
  await expect(importing(source)).rejects.toMatchObject({
    code: 'INVALID_CHECKPOINT',
    message: expect.stringMatching(/model.safetensors.*model.onnx.*found config.json, pytorch_model.bin/),
  });
});

/** A model whose one tensor lies in a file beside it, or anywhere. */
function externalModel(location: string): Uint8Array {
  const field = (id: number, type: string) => ({ id, type });
  const list = (id: number, type: string) => ({ id, type, rule: 'repeated' });
  const model = protobuf.Root.fromJSON({
    nested: {
      Model: { fields: { irVersion: field(1, 'int64'), graph: field(7, 'Graph') } },
      Graph: { fields: { initializer: list(5, 'Tensor') } },
      Tensor: {
        fields: { name: field(8, 'string'), place: list(13, 'Entry'), elsewhere: field(14, 'int32') },
      },
      Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
    },
  }).lookupType('Model');
  const tensor = { name: 'w', place: [{ key: 'location', value: location }], elsewhere: 1 };
  return model.encode({ irVersion: 10, graph: { initializer: [tensor] } }).finish();
}
