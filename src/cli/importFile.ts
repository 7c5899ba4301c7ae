/** `distillery data import`: stores a file of reviews as a dataset, without a server. */
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { openCatalogue } from '../app.ts';
import { DistilleryError } from '../errors.ts';
import { readSettings, type SettingOptions } from './settings.ts';

interface ImportOptions extends SettingOptions {
  name: string;
  format?: string;
}

/** @throws DistilleryError INVALID_DATASET naming the lines at fault, BAD_USER_INPUT, CONFLICT */
export async function importFile(file: string, options: ImportOptions): Promise<void> {
  const format = options.format ?? extname(file).slice(1);
  if (format !== 'csv' && format !== 'jsonl') {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `The format is "${format}"; expected csv or jsonl. Give it with --format.`,
    );
  }
  const content = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new DistilleryError(
      'NOT_FOUND',
      `The file ${file} can't be read: ${cause.message}.`,
      { file },
      { cause },
    );
  });
  const catalogue = await openCatalogue(readSettings(options));
  const { name, counts } = await catalogue.import(options.name, format, content);
  const parts = Object.entries(counts).map(([split, count]) => `${count} ${split}`);
  process.stdout.write(`${name}: ${parts.join(', ')}\n`);
}
