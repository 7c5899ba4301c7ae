/** `distillery alias …`: aliases, moved without a server or beside one on PostgreSQL. */
import Table from 'cli-table3';
import type { ModelRegistry } from '../models/registry.ts';
import { referenceOf } from '../names.ts';
import { withRegistry } from './models.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import { plainTable } from './tables.ts';

/** Who the history says it was. */
const actor = 'command line';

export async function listAliases(options: SettingOptions): Promise<void> {
  await withRegistry(readSettings(options), async (registry) => {
    const table = new Table({ ...plainTable, head: ['alias', 'model', 'tries'] });
    for (const { reference, version, candidate } of await registry.aliases())
      table.push([
        reference,
        referenceOf(version.card),
        candidate ? referenceOf(candidate.version.card) : '–',
      ]);
    process.stdout.write(`${table.toString()}\n`);
  });
}

/** @throws DistilleryError as {@link ModelRegistry.setAlias} */
export async function setAlias(alias: string, reference: string, options: SettingOptions): Promise<void> {
  await withRegistry(readSettings(options), async (registry) =>
    tell(alias, await registry.setAlias(alias, reference, {}, { actor })),
  );
}

/** @throws DistilleryError as {@link ModelRegistry.versionBefore} */
export async function rollbackAlias(alias: string, options: SettingOptions): Promise<void> {
  await withRegistry(readSettings(options), async (registry) => {
    const { card } = await registry.versionBefore(alias);
    tell(alias, await registry.setAlias(alias, referenceOf(card), {}, { actor, rollback: true }));
  });
}

/** The newest changes. @throws DistilleryError NOT_FOUND */
export async function aliasHistory(alias: string, options: SettingOptions): Promise<void> {
  await withRegistry(readSettings(options), async (registry) => {
    const table = new Table({ ...plainTable, head: ['since', 'model', 'tries', 'why', 'by'] });
    for (const change of (await registry.aliasHistory(alias, { first: 100 })).items) {
      const tries = change.candidate ? referenceOf(change.candidate) : '–';
      table.push([
        change.at.toISOString(),
        referenceOf(change),
        tries,
        change.reason,
        change.actor ?? 'server',
      ]);
    }
    process.stdout.write(`${table.toString()}\n`);
  });
}

function tell(alias: string, { card }: Awaited<ReturnType<ModelRegistry['resolve']>>): void {
  process.stdout.write(`${alias}: ${referenceOf(card)}\n`);
}
