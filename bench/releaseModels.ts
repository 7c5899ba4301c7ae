/** Copies trained models to `models/`, each with what was measured on the test reviews on its card. */
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ReportEntry } from '../src/cli/tables.ts';
import { DistilleryError } from '../src/errors.ts';
import { logitsFile } from '../src/evaluation/modelLogits.ts';
import { exists } from '../src/files.ts';
import { classificationMetrics, latency, modelFiles } from '../src/models/card.ts';
import { readCard, writeCard } from '../src/models/modelFolder.ts';

/** Of weights that were random at the start, and of those that began as a checkpoint under Apache 2.0. */
const licence = { students: 'MIT', teachers: 'Apache-2.0' };

/** What `benchmark` answers about the test reviews. */
export interface TestReport {
  machine: string;
  threads: number;
  reviews: number;
  entries: ReportEntry[];
}

/** @param names in `<dataDirectory>/models`, version 1 of each, or released before; others that were released go away */
export async function releaseModels(
  dataDirectory: string,
  names: readonly string[],
  report: TestReport,
): Promise<void> {
  const target = fileURLToPath(new URL('../models/', import.meta.url));
  const aside = join(target, '.release');
  await rm(aside, { recursive: true, force: true });
  for (const name of names) {
    const trained = join(dataDirectory, 'models', name, '1');
    const from = (await exists(trained)) ? trained : join(target, name); // released before, and not trained again
    const to = join(aside, name);
    await mkdir(to, { recursive: true });
    for (const file of [modelFiles.graph, modelFiles.tokenizer]) await cp(join(from, file), join(to, file));
    const card = await readCard(from);
    const entry = entryOf(report, name);
    await writeCard(to, {
      ...card,
      metrics: { ...card.metrics, test: classificationMetrics.parse(entry.metrics) },
      latency: latency.parse({
        ...entry.latency,
        reviewsPerSecond: entry.reviewsPerSecond,
        threads: report.threads,
        machine: report.machine,
      }),
      origin: card.origin ?? `random weights; learnt from ${card.parentTeacher ?? 'labels'}`,
      licence: card.method === 'teacher' ? (card.licence ?? licence.teachers) : licence.students,
      runId: null,
    });
    if (card.method === 'teacher' && card.dataset) {
      for (const split of ['train', 'unlabelled', 'test'] as const) {
        const logits = await logitsFile({ folder: from, card }, card.dataset, split);
        for (const place of [from, dataDirectory]) {
          if (await exists(join(place, logits))) await cp(join(place, logits), join(to, logits));
        }
      }
    }
  }
  for (const old of await readdir(target, { withFileTypes: true })) {
    if (old.isDirectory() && old.name !== '.release') await rm(join(target, old.name), { recursive: true });
  }
  for (const name of names) await cp(join(aside, name), join(target, name), { recursive: true });
  await rm(aside, { recursive: true });
  console.log(`Written: models/ (${names.length} models)`);
}

function entryOf({ entries }: TestReport, name: string): ReportEntry {
  const entry = entries.find(({ model, version }) => model === name && version === 1);
  if (!entry) throw new DistilleryError('INTERNAL', `${name}@1 was not measured on the test reviews.`);
  return entry;
}
