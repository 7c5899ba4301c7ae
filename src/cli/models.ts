/** `distillery model import` and `distillery model export`: models in and out without a server. */
import { randomUUID } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { openCatalogue, openRegistry } from '../app.ts';
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import { exportTo } from '../models/exported.ts';
import type { ModelRegistry } from '../models/registry.ts';
import type { Report } from '../progress/progress.ts';
import { importConfig, type ImportConfig } from '../training/config.ts';
import { importFolder } from '../training/importModel.ts';
import { runFolder } from '../training/runFolder.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import { referenceOf } from '../names.ts';

interface ImportOptions extends SettingOptions {
  name: string;
  maxTokens?: string;
  dataset?: string;
}

/**
 * @param folder any folder on this machine
 * @throws DistilleryError as the mutation `importModel`; UNAVAILABLE while a server has the data directory's database
 */
export async function importFrom(folder: string, options: ImportOptions): Promise<void> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new DistilleryError('NOT_FOUND', `There is no folder ${folder}.`, { folder });
  const wishes = parseWishes(folder, options);
  const config = readSettings(options);
  const dataset = wishes.dataset === null ? null : await (await openCatalogue(config)).open(wishes.dataset);
  await withRegistry(config, async (registry) => {
    await registry.checkNewName(wishes.name, 'model');
    const ownFolder = runFolder(config.dataDirectory, randomUUID());
    try {
      const { preparedFolder, card } = await importFolder(folder, wishes, dataset, {
        threads: config.trainingThreads,
        runFolder: ownFolder,
        report: phasesOn(process.stderr),
        signal: new AbortController().signal,
      });
      const { card: published } = await registry.publish(preparedFolder, card);
      process.stdout.write(`${referenceOf(published)}: ${published.method}, ${published.architecture}\n`);
    } finally {
      await rm(ownFolder, { recursive: true, force: true });
    }
  });
}

/** @throws DistilleryError NOT_FOUND for the reference, CONFLICT for a folder that exists, UNAVAILABLE as above */
export async function exportAs(reference: string, folder: string, options: SettingOptions): Promise<void> {
  await withRegistry(readSettings(options), async (registry) => {
    const model = await registry.resolve(reference);
    await registry.requireFiles(model);
    await exportTo(model, folder);
    process.stdout.write(`${referenceOf(model.card)}: ${folder}\n`);
  });
}

/** The models of a data directory, for one command. */
export async function withRegistry(
  config: Config,
  use: (registry: ModelRegistry) => Promise<void>,
): Promise<void> {
  const { registry, close } = await openRegistry(config);
  try {
    await use(registry);
  } finally {
    await close();
  }
}

function parseWishes(folder: string, { name, maxTokens, dataset }: ImportOptions): ImportConfig {
  const parsed = importConfig.safeParse({
    kind: 'import',
    name,
    checkpoint: basename(resolve(folder)),
    maxTokens: maxTokens === undefined ? null : Number(maxTokens),
    dataset: dataset ?? null,
  });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new DistilleryError('BAD_USER_INPUT', `The options are not valid. ${faults.join('; ')}.`);
}

/** A line for each phase. */
function phasesOn(output: NodeJS.WriteStream): Report {
  let last = '';
  return ({ phase }) => {
    if (phase !== last) output.write(`${phase.replaceAll('-', ' ')}\n`);
    last = phase;
  };
}
