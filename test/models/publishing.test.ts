/** Publishing where the run is lost, or the database, just then. */
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from '@jest/globals';
import { DistilleryError } from '../../src/errors.ts';
import { exists } from '../../src/files.ts';
import { ModelRegistry } from '../../src/models/registry.ts';
import type { Database } from '../../src/storage/database.ts';
import { DatabaseAway } from '../../src/storage/outage.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { exampleCard } from './exampleCard.ts';

onEachDatabase('publishing', (place) => {
  let prepared: string;
  let name: string;

  beforeEach(async () => {
    name = `model-${randomUUID().slice(0, 8)}`;
    prepared = await mkdtemp(join(place.dataDirectory, 'prepared-'));
    for (const file of ['model.onnx', 'tokenizer.json']) await writeFile(join(prepared, file), '{}');
  });

  const registryOn = (database: Database) =>
    new ModelRegistry(database, place.dataDirectory, join(place.dataDirectory, 'none'));
  const published = () => readdir(join(place.dataDirectory, 'models', name)).catch(() => []);
  /** The connection breaks at the end of the first transaction. */
  function losing(when: 'before the commit' | 'after the commit'): Database {
    const { database } = place;
    let lost = false;
    const lose = () => {
      lost = true;
      throw new DatabaseAway(new Error('Connection terminated unexpectedly'));
    };
    return {
      ...database,
      transaction: async (work) => {
        if (lost) return database.transaction(work);
        if (when === 'after the commit') return database.transaction(work).then(lose);
        return database.transaction(async (transaction) => work(transaction).then(lose));
      },
    };
  }

  it('is refused by the check that is asked in its transaction, and the folder stays', async () => {
    const check = async () => {
      throw new DistilleryError('CONFLICT', 'The run is with another worker.');
    };
    const publishing = registryOn(place.database).publish(
      prepared,
      exampleCard({ name }),
      randomUUID(),
      check,
    );
    await expect(publishing).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await published()).toEqual([]);
    expect(await exists(join(prepared, 'model.onnx'))).toBe(true);
  });

  it('is done where the connection was lost after the commit', async () => {
    const runId = randomUUID();
    const registry = registryOn(losing('after the commit'));
    const { folder } = await registry.publish(prepared, exampleCard({ name }), runId);
    expect(await exists(join(folder, 'model.onnx'))).toBe(true);
    expect((await registry.publish(prepared, exampleCard({ name }), runId)).card.version).toBe(1);
    expect(await published()).toEqual(['1']);
  });

  it('is undone where the connection was lost before, and can be done again', async () => {
    const registry = registryOn(losing('before the commit'));
    const publish = () => registry.publish(prepared, exampleCard({ name }), null);
    await expect(publish()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await published()).toEqual([]);
    const { folder } = await publish();
    expect(await exists(join(folder, 'model.onnx'))).toBe(true);
  });
});
