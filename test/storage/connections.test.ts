/** How many connections a process opens to PostgreSQL, and whether one of them listens. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { openDatabase } from '../../src/storage/database.ts';
import type { Database } from '../../src/storage/database.ts';
import { onEachDatabase } from './databases.ts';

onEachDatabase('connections', (place) => {
  const onPostgresql = place.kind === 'postgresql' ? it : it.skip;
  let quiet: Database;
  beforeAll(async () => {
    if (place.kind === 'pglite') return;
    const { dataDirectory, databaseUrl } = place;
    quiet = await openDatabase({ dataDirectory, databaseUrl, databaseConnections: 2, listens: false });
  });
  afterAll(() => quiet?.close());

  const names = async () => {
    const { rows } = await quiet.executeSql(
      'SELECT application_name AS name, count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1',
    );
    return new Map(rows.map(({ name, count }) => [name, count]));
  };

  onPostgresql('opens no more than it may, and none that listens where it is told so', async () => {
    const before = (await names()).get('distillery') as number;
    await Promise.all(Array.from({ length: 8 }, () => quiet.executeSql('SELECT pg_sleep(0.05)')));
    expect((await names()).get('distillery')).toBeLessThanOrEqual(before + 1);
    // Of the suite's own database alone
    expect((await names()).get('distillery-listen')).toBe(1);
  });

  onPostgresql('takes listeners that will hear nothing', async () => {
    const heard: string[] = [];
    const stop = await quiet.listen('some_channel', (payload) => heard.push(payload));
    const other: string[] = [];
    const stopOther = await place.database.listen('some_channel', (payload) => other.push(payload));
    await quiet.executeSql("SELECT pg_notify('some_channel', 'a word')");
    while (other.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard).toEqual([]);
    await Promise.all([stop(), stopOther()]);
  });
});
