/** The chaos test of `bench -- chaos` in short: kills and cuts at random, and nothing is lost, done twice or different. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDatabase, runStatement } from '../../bench/chaos/database.ts';
import { plannedRuns } from '../../bench/chaos/plannedRuns.ts';
import { verdictOf, type StoredRun } from '../../bench/chaos/verdict.ts';
import { weather, type Weather } from '../../bench/chaos/weather.ts';

const server = process.env.DISTILLERY_TEST_POSTGRESQL ?? 'postgres://postgres@127.0.0.1:5432/test';
const postgresql = await runStatement(server, 'SELECT 1').then(
  () => true,
  () => false,
);
if (!postgresql) process.stderr.write('The chaos test on PostgreSQL is skipped, since none answers.\n');

/** Far more than it takes; nothing here depends on how fast the machine is. */
const deadlineMs = 600_000;
const plan = plannedRuns(4, 3);
const seed = 7;

describe('runs whose processes are killed and whose connections are cut', () => {
  let folder = '';
  let calm: StoredRun[] = [];

  function carryOut(
    name: string,
    options: Pick<Weather, 'databaseUrl' | 'servers' | 'workers' | 'storm'>,
  ): ReturnType<typeof weather> {
    const command = ['--import', 'tsx', 'src/cli.ts'];
    return weather({
      command,
      dataDirectory: join(folder, name),
      plan,
      deadlineMs,
      tell: () => undefined,
      ...options,
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'distillery-chaos-'));
    calm = (await carryOut('calm', { databaseUrl: null, servers: 1, workers: 0, storm: null })).stored;
  }, deadlineMs);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const nothingLost = {
    runs: 4,
    runsLost: 0,
    runsDoubled: 0,
    eventsLost: 0,
    eventsDoubled: 0,
    weightsEqual: true,
    wrong: [],
  };

  it(
    'end once, with the same weights, on PGlite with one server',
    async () => {
      const storm = { kills: 3, seed, meanPauseMs: 1_000 };
      const after = await carryOut('pglite', { databaseUrl: null, servers: 1, workers: 0, storm });
      expect(verdictOf(after.stored, after.followers, calm)).toMatchObject(nothingLost);
    },
    deadlineMs,
  );

  const onPostgresql = postgresql ? it : it.skip;
  onPostgresql(
    'end once, with the same weights, on PostgreSQL with two workers',
    async () => {
      const database = await createDatabase(server, 'test_chaos');
      try {
        const storm = { kills: 8, seed, meanPauseMs: 1_000 };
        const after = await carryOut('postgresql', {
          databaseUrl: database.url,
          servers: 1,
          workers: 2,
          storm,
        });
        expect(verdictOf(after.stored, after.followers, calm)).toMatchObject(nothingLost);
      } finally {
        await database.drop();
      }
    },
    deadlineMs,
  );
});
