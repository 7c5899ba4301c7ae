/** Gathers the look-ups of one tick of a request. */
import DataLoader from 'dataloader';
import type { ModelRegistry, ModelVersion } from '../models/registry.ts';

export interface Loaders {
  /** By name, name@version or alias, as the database has it. */
  readonly model: DataLoader<string, ModelVersion>;
}

const asError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)));

/** Loaders remember their answers: make new ones for each request. */
export function createLoaders({ registry }: { readonly registry: ModelRegistry }): Loaders {
  let model: Loaders['model'] | undefined;
  return {
    // When it is first asked for: most requests classify and look nothing up.
    get model() {
      return (model ??= new DataLoader((references) => findModels(registry, references)));
    },
  };
}

async function findModels(
  registry: ModelRegistry,
  references: readonly string[],
): Promise<(ModelVersion | Error)[]> {
  const found = await registry.meaningsOf(references);
  return Promise.all(
    // What was not found says what there is.
    references.map(
      (reference) => found.get(reference)?.version ?? registry.resolve(reference).catch(asError),
    ),
  );
}
