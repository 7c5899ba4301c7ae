/** Checks a run before it is queued, so that a mistake is answered at once and not found in a log later. */
import { DistilleryError } from '../../errors.ts';
import { parseHubName, resolveCheckpoint } from '../../models/checkpoint/resolve.ts';
import type { Run } from '../../storage/runs.ts';
import { runConfig, type RunConfig } from '../../training/config.ts';
import type { Services } from '../context.ts';
import { parsed } from '../parsed.ts';
import type { QuantizeModelInput } from './conversion.input.ts';
import { referenceOf } from '../../names.ts';

/**
 * @param input a client's input; a null counts as not given
 * @throws DistilleryError BAD_USER_INPUT naming every field that is not as expected, or for a name that is taken;
 *   NOT_FOUND for a dataset, model or checkpoint that does not exist
 */
export async function submitRun(kind: RunConfig['kind'], input: object, services: Services): Promise<Run> {
  const config = parsed(runConfig, { ...input, kind });
  if (config.dataset !== null) await checkDataset(config.dataset, services);
  if (config.kind === 'import') await checkCheckpoint(config.checkpoint, services);
  if (config.kind === 'teacher' && config.checkpoint !== null) {
    if (config.startFrom !== null) throw twoStarts(config.checkpoint, config.startFrom);
    await checkCheckpoint(config.checkpoint, services);
  }
  return services.queue.submit(config);
}

/** A quantised model is by default called after its float32 model, and measured on that one's dataset. */
export async function submitQuantization(input: QuantizeModelInput, services: Services): Promise<Run> {
  const { card } = await services.registry.resolve(input.model);
  const dataset = input.dataset ?? card.dataset?.name;
  if (dataset === undefined) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${referenceOf(card)} names no dataset, and the models are compared on one: give a dataset.`,
      { fields: ['dataset'] },
    );
  }
  const model = referenceOf(card);
  return submitRun(
    'quantization',
    { ...input, model, name: input.name ?? `${card.name}-int8`, dataset },
    services,
  );
}

/** @throws DistilleryError NOT_FOUND listing those that exist */
export async function checkDataset(name: string, { catalogue }: Services): Promise<void> {
  const known = await catalogue.names();
  if (known.includes(name)) return;
  throw new DistilleryError(
    'NOT_FOUND',
    `There is no dataset "${name}". Datasets that exist: ${known.join(', ')}.`,
    {
      dataset: name,
      known,
    },
  );
}

function twoStarts(checkpoint: string, startFrom: string): DistilleryError {
  return new DistilleryError(
    'BAD_USER_INPUT',
    `A teacher starts from one set of weights, and two were given: checkpoint "${checkpoint}" and startFrom "${startFrom}". Give one of them.`,
    { fields: ['checkpoint', 'startFrom'] },
  );
}

/** A hub's name is only looked at, since asking the hub may take long: the run itself does that. */
async function checkCheckpoint(name: string, { config }: Services): Promise<void> {
  if (parseHubName(name) !== null) return;
  await resolveCheckpoint(name, {
    dataDirectory: config.dataDirectory,
    checkpointDirectory: config.checkpointDirectory ?? null,
  });
}
