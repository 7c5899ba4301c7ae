/** Gathers the look-ups of one tick: model references, and texts to classify grouped by model. */
import { DistilleryError } from '../errors.ts';
import DataLoader from 'dataloader';
import type { ModelRegistry, ModelVersion } from '../models/registry.ts';
import type { Prediction, Serving } from '../serving/serving.ts';

export interface TextForModel {
  readonly model: ModelVersion;
  readonly text: string;
}

export interface Loaders {
  /** By name, name@version or alias. */
  readonly model: DataLoader<string, ModelVersion>;
  readonly prediction: DataLoader<TextForModel, Prediction, string>;
}

interface Sources {
  readonly registry: Pick<ModelRegistry, 'resolve'>;
  readonly serving: Pick<Serving, 'classify' | 'classifyMany'>;
  readonly config: { readonly maxTextsPerRequest: number };
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** Loaders remember their answers: make new ones for each request. */
export function createLoaders({ registry, serving, config }: Sources): Loaders {
  return {
    model: new DataLoader((references) =>
      Promise.all(references.map((reference) => registry.resolve(reference).catch(asError))),
    ),
    prediction: new DataLoader((requests) => predictByModel(serving, requests), {
      cacheKeyFn: ({ model, text }) => `${model.folder}\n${text}`,
      maxBatchSize: config.maxTextsPerRequest,
    }),
  };
}

async function predictByModel(
  serving: Sources['serving'],
  requests: readonly TextForModel[],
): Promise<(Prediction | Error)[]> {
  const groups = new Map<string, number[]>();
  requests.forEach(({ model }, index) => {
    const group = groups.get(model.folder);
    if (group) group.push(index);
    else groups.set(model.folder, [index]);
  });
  const answers: (Prediction | Error)[] = [];
  await Promise.all(
    [...groups.values()].map(async (indices) => {
      const group = indices.map((index) => requests[index]).filter((request) => request !== undefined);
      const predictions = await predictGroup(serving, group);
      indices.forEach((index, place) => {
        answers[index] = predictions[place] ?? new Error('the serving layer gave too few answers');
      });
    }),
  );
  return answers;
}

async function predictGroup(
  serving: Sources['serving'],
  group: readonly TextForModel[],
): Promise<(Prediction | Error)[]> {
  const [first] = group;
  if (!first) return [];
  try {
    return await serving.classifyMany(
      first.model,
      group.map(({ text }) => text),
    );
  } catch (error) {
    const oneIsBad = error instanceof DistilleryError && error.code === 'BAD_USER_INPUT';
    if (group.length === 1 || !oneIsBad) return group.map(() => asError(error));
    // One bad text must not fail its neighbours, so each gets its own answer or error.
    return Promise.all(group.map(({ model, text }) => serving.classify(model, text).catch(asError)));
  }
}
