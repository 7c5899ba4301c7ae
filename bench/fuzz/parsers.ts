/** What reads files that a client gives, each as the product calls it, on files in a folder. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readImdbArchive } from '../../src/data/imdbArchive.ts';
import { readSafetensors, readSafetensorsMetadata } from '../../src/models/checkpoint/safetensors.ts';
import { readCard, readNetwork } from '../../src/models/modelFolder.ts';
import { importConfig } from '../../src/training/config.ts';
import { importFolder } from '../../src/training/importModel.ts';

/** @param given holds the files @param work is free to write in */
type Parser = (given: string, work: string) => Promise<unknown>;

const config = importConfig.parse({ kind: 'import', name: 'theirs', checkpoint: 'theirs', maxTokens: null });

async function importGiven(given: string, work: string): Promise<void> {
  const runFolder = join(work, 'run');
  await mkdir(runFolder, { recursive: true });
  const report = () => undefined;
  const { signal } = new AbortController();
  await importFolder(given, config, null, { threads: 1, runFolder, report, signal });
}

export const parsers = {
  safetensors: async (given) => {
    await readSafetensorsMetadata(join(given, 'model.safetensors'));
    await readSafetensors(join(given, 'model.safetensors'));
  },
  onnx: importGiven,
  checkpoints: importGiven,
  exported: async (given, work) => {
    await importGiven(given, work);
    // As a training does that starts from it
    await readNetwork({ folder: given, card: await readCard(given) });
  },
  archives: (given) => readImdbArchive(join(given, 'archive.tar.gz')),
} satisfies Record<string, Parser>;

export type ParserName = keyof typeof parsers;
