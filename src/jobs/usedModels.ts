/** Which models a run uses and makes, and whether they are fit for it: asked before it is queued. */
import { DistilleryError } from '../errors.ts';
import { knownSpec } from '../models/modelFolder.ts';
import type { ModelRegistry, ModelVersion } from '../models/registry.ts';
import type { RunConfig } from '../training/config.ts';
import { referenceOf } from '../names.ts';

/**
 * @returns name@version of the models that the run's references mean now
 * @throws DistilleryError NOT_FOUND for an unknown model, BAD_USER_INPUT for a name that is taken or a model that the
 *   run can't use
 */
export async function checkedModels(config: RunConfig, registry: ModelRegistry): Promise<string[]> {
  if (config.kind !== 'benchmark' && config.kind !== 'survey') {
    await registry.checkNewName(config.name, madeBy(config.kind));
  }
  const models = await Promise.all(referencesOf(config).map((reference) => registry.resolve(reference)));
  if (config.kind === 'distillation' || config.kind === 'teacher') checkTeachers(models);
  if (config.kind === 'student') checkStudents(models);
  if (config.kind === 'quantization') for (const { card } of models) knownSpec(card);
  return models.map(({ card }) => referenceOf(card));
}

/** What an import brings is known only when its folder has been read; a quantised model is what it was before. */
function madeBy(kind: RunConfig['kind']): 'teacher' | 'student' | 'model' {
  if (kind === 'import' || kind === 'quantization') return 'model';
  return kind === 'teacher' ? 'teacher' : 'student';
}

function referencesOf(config: RunConfig): string[] {
  switch (config.kind) {
    case 'distillation':
      return [config.teacher, ...config.ensemble];
    case 'benchmark':
    case 'survey':
      return config.models;
    case 'quantization':
      return [config.model];
    case 'teacher':
    case 'student':
      return config.startFrom === null ? [] : [config.startFrom];
    case 'baseline':
    case 'import':
      return [];
  }
}

/** The first is a teacher; with it in an ensemble, a baseline may teach as well. */
function checkTeachers(models: readonly ModelVersion[]): void {
  for (const [place, model] of models.entries()) {
    const { method } = model.card;
    if (method === 'teacher' || (place > 0 && method === 'baseline')) continue;
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${referenceOf(model.card)} is a ${method === 'baseline' ? 'baseline' : `student (${method})`}; a teacher is needed here.`,
      { reference: referenceOf(model.card), method },
    );
  }
}

/** What training on labels can go on from. */
function checkStudents(models: readonly ModelVersion[]): void {
  for (const model of models) {
    const { method } = model.card;
    if (method === 'scratch' || method === 'distilled') continue;
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${referenceOf(model.card)} is a ${method}; a student is needed to go on from.`,
      { reference: referenceOf(model.card), method },
    );
  }
}
