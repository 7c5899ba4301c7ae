import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Progress, ProgressEvent, RunState } from '../../src/progress/progress.ts';
import { progressOf } from '../../src/progress/progress.ts';
import { resumeRun } from '../../src/storage/endedRuns.ts';
import { ProgressLog } from '../../src/storage/progressLog.ts';
import { RunStore } from '../../src/storage/runs.ts';
import { studentConfig } from '../../src/training/config.ts';
import { onEachDatabase } from './databases.ts';

const config = studentConfig.parse({
  kind: 'student',
  name: 'gru',
  dataset: 'sample',
  architecture: 'gru-8',
});

onEachDatabase('progress_log', (place) => {
  let runs: RunStore;
  let log: ProgressLog;
  let runId: string;

  beforeEach(async () => {
    runs = new RunStore(place.database);
    log = new ProgressLog(place.database);
    runId = (await runs.create(config)).id;
    await log.append(runId, progressOf('loading-data'));
  });

  const step = (number: number): Progress =>
    progressOf('training', { epoch: 1, step: number, total: 100, loss: 1 / number });
  const end = (state: RunState) => progressOf('ended', { state, message: 'over' });

  it('numbers events without gaps, whoever writes at the same time', async () => {
    const other = new ProgressLog(await place.another());
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => (index % 2 ? log : other).append(runId, step(index + 1))),
    );
    const sequences = (await log.after(runId, 0)).map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: 42 }, (_, index) => index + 1));
  });

  it('gives back what was stored', async () => {
    const progress: Progress = {
      phase: 'training',
      state: 'running',
      epoch: 2,
      step: 3,
      total: 4,
      loss: 0.25,
      validationAccuracy: 0.75,
      reviewsPerSecond: 1234.5,
      secondsLeft: 6.5,
      message: 'häppy ✓',
    };
    await log.append(runId, progress);
    const events = await log.after(runId, 2);
    expect(events).toEqual([{ ...progress, runId, sequence: 3, at: expect.any(Date) }]);
    expect(await log.after(runId, 0, 1)).toHaveLength(1);
  });

  it('keeps state and events together, and refuses what can not follow', async () => {
    await log.append(runId, end('succeeded'));
    const run = await runs.get(runId);
    expect(run.state).toBe('succeeded');
    expect(run.endedAt).toBeInstanceOf(Date);
    await expect(log.append(runId, step(1))).rejects.toMatchObject({
      code: 'CONFLICT',
      facts: { state: 'succeeded' },
    });
    await expect(log.append(randomUUID(), step(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(log.append('no-uuid', step(1))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await log.after(runId, 0)).map(({ state }) => state)).toEqual(['queued', 'running', 'succeeded']);
  });

  describe('followers', () => {
    it('each see every event once and in order, from wherever they begin, and end with the run', async () => {
      const writer = new ProgressLog(await place.another());
      const followers = [0, 0, 1, 5, 30, 1_000].map(async (after) => ({
        after,
        seen: await all(log.follow(runId, after)),
      }));
      for (let number = 1; number <= 50; number++) {
        await writer.append(runId, step(number));
        // Some join late, while events are coming.
        if (number === 20)
          followers.push(
            ...[0, 10, 22].map(async (after) => ({ after, seen: await all(log.follow(runId, after)) })),
          );
      }
      await writer.append(runId, end('failed'));
      followers.push(
        ...[0, 52, 53].map(async (after) => ({ after, seen: await all(log.follow(runId, after)) })),
      );
      for (const { after, seen } of await Promise.all(followers)) {
        expect(seen).toEqual(
          Array.from({ length: Math.max(0, 53 - after) }, (_, index) => after + 1 + index),
        );
      }
    });

    it('miss nothing when they stop and go on from their last number, again and again', async () => {
      const seen: number[] = [];
      const following = (async () => {
        while (seen.at(-1) !== 63) {
          const stop = new AbortController();
          let left = 7;
          for await (const { sequence } of log.follow(runId, seen.at(-1) ?? 0, stop.signal)) {
            seen.push(sequence);
            if (--left === 0) stop.abort();
          }
        }
      })();
      for (let number = 1; number <= 60; number++) await log.append(runId, step(number));
      await log.append(runId, end('cancelled'));
      await following;
      expect(seen).toEqual(Array.from({ length: 63 }, (_, index) => index + 1));
    });

    it('go past the final events of a run that was resumed, and end with its last one', async () => {
      await log.append(runId, end('cancelled'));
      expect(await all(log.follow(runId, 0))).toEqual([1, 2, 3]);
      await place.database.transaction((transaction) => resumeRun(transaction, runId));
      const followers = [0, 2, 3, 4].map((after) => all(log.follow(runId, after)));
      await log.append(runId, progressOf('loading-data'));
      await log.append(runId, end('failed'));
      expect(await Promise.all(followers)).toEqual([
        [1, 2, 3, 4, 5, 6],
        [3, 4, 5, 6],
        [4, 5, 6],
        [5, 6],
      ]);
      expect(await all(log.follow(runId, 0))).toEqual([1, 2, 3, 4, 5, 6]);
      await expect(log.append(runId, progressOf('queued', { state: 'queued' }))).rejects.toMatchObject({
        code: 'CONFLICT',
      });
    });

    it('read a long history in several batches', async () => {
      await place.database.executeSql(
        `INSERT INTO progress_events (run_id, sequence, phase, state)
         SELECT $1, n, 'training', 'running' FROM generate_series(3, 1200) n`,
        [runId],
      );
      await place.database.executeSql('UPDATE runs SET last_sequence = 1200 WHERE id = $1', [runId]);
      await log.append(runId, end('succeeded'));
      expect(await all(log.follow(runId, 0))).toHaveLength(1201);
    });

    it('stop at once while they wait: on abort, on return, and already aborted', async () => {
      const stop = new AbortController();
      const waiting = log.follow(runId, 2, stop.signal);
      const next = waiting.next();
      stop.abort();
      expect(await next).toEqual({ done: true, value: undefined });

      const returned = log.follow(runId, 2);
      const pending = returned.next();
      // As a WebSocket client that closes its subscription: return() while next() is still waiting.
      expect(await returned.return(undefined)).toEqual({ done: true, value: undefined });
      expect(await pending).toEqual({ done: true, value: undefined });

      expect(await all(log.follow(runId, 0, AbortSignal.abort()))).toEqual([]);
    });

    it('know what does not exist', async () => {
      await expect(all(log.follow(randomUUID(), 0))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(all(log.follow('../x', 0))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await expect(all(log.follow(runId, -1))).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    });

    it('share one LISTEN, which ends with the log', async () => {
      const before = await listening();
      const stop = new AbortController();
      const followers = [1, 2, 3].map(() => all(log.follow(runId, 0, stop.signal)));
      while ((await listening()) === before) await new Promise((resolve) => setTimeout(resolve, 5));
      expect(await listening()).toBe(before + 1);
      stop.abort();
      await Promise.all(followers);
      await log.close();
      expect(await listening()).toBe(before);
    });

    const onServers = place.kind === 'pglite' ? it.skip : it; // PGlite has no connection to lose
    onServers('miss nothing when the connection that listens is lost', async () => {
      const following = all(log.follow(runId, 0));
      for (let number = 1; number <= 30; number++) {
        await log.append(runId, step(number));
        if (number === 10) {
          await place.database.executeSql(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND application_name = 'distillery-listen'`,
          );
        }
      }
      await log.append(runId, end('succeeded'));
      expect(await following).toEqual(Array.from({ length: 33 }, (_, index) => index + 1));
    });
  });

  /** Handlers of the progress channel in this process, seen from outside: 0 or 1 for each log that follows. */
  async function listening(): Promise<number> {
    return listens.get(place.kind) ?? 0;
  }

  const listens = new Map<string, number>();
  beforeEach(() => {
    const { database } = place;
    listens.set(place.kind, 0);
    log = new ProgressLog({
      ...database,
      listen: async (channel, handler) => {
        const stop = await database.listen(channel, handler);
        listens.set(place.kind, (listens.get(place.kind) ?? 0) + 1);
        return async () => {
          await stop();
          listens.set(place.kind, (listens.get(place.kind) ?? 0) - 1);
        };
      },
    });
  });
});

async function all(events: AsyncIterable<ProgressEvent>): Promise<number[]> {
  const sequences: number[] = [];
  for await (const { sequence } of events) sequences.push(sequence);
  return sequences;
}
