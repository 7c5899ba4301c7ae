/** Worker processes on one PostgreSQL: frozen, killed, with wrong clocks, and without any server. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { DatasetCatalogue } from '../../src/data/catalogue.ts';
import { SurveyRunner } from '../../src/jobs/surveyRunner.ts';
import type { ProgressEvent } from '../../src/progress/progress.ts';
import { surveySpec } from '../../src/survey/spec.ts';
import { teacherConfig } from '../../src/training/config.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { openQueue, studentNamed } from './openQueue.ts';
import type { OpenQueue } from './openQueue.ts';
import { quickTiming, WorkerProcesses } from './workerProcesses.ts';

const grid = {
  name: 'methods',
  question: 'Does it help?',
  students: [
    { network: 'gru', sizes: [8] },
    { network: 'cnn', sizes: [8] },
  ],
  targets: ['scratch', 'soft', 'soft-then-hard'],
};

onEachDatabase('workers', (place) => {
  // Only one process can have an embedded database.
  const onServers = place.kind === 'pglite' ? describe.skip : describe;
  onServers('worker processes', () => {
    const workers = new WorkerProcesses(place);
    let server: OpenQueue;

    beforeEach(async () => {
      // Its runs are for others.
      server = await openQueue(place.database, place.dataDirectory, {
        concurrentRuns: 0,
        timing: { ...quickTiming, leaseMs: 600_000 },
      });
    });
    afterEach(async () => {
      await workers.killAll();
      await server.queue.stop();
      await server.progress.close();
      await place.database.executeSql(`TRUNCATE runs, surveys, workers CASCADE; DELETE FROM pgboss.job`);
    });

    async function ended(runId: string): Promise<ProgressEvent[]> {
      const events: ProgressEvent[] = [];
      for await (const event of server.progress.follow(runId, 0)) events.push(event);
      return events;
    }
    async function until(runId: string, condition: (event: ProgressEvent) => boolean): Promise<void> {
      for await (const event of server.progress.follow(runId, 0)) if (condition(event)) return;
    }
    const noted = (name: string) => readFile(join(place.dataDirectory, 'starts', name), 'utf8');

    it('one that was frozen past its lease neither writes nor publishes when it goes on', async () => {
      const frozen = await workers.start();
      const { id } = await server.queue.submit(studentNamed('waits-for-leave'));
      await until(id, ({ message }) => message === 'attempt 1');
      frozen.kill('SIGSTOP');
      await workers.start();
      await until(id, ({ message }) => message === 'attempt 2');
      // The frozen one's child goes on, and has its model ready.
      await writeFile(join(place.dataDirectory, 'leave-1'), '');
      frozen.kill('SIGCONT');
      // The other one is busy: this is done as soon as the frozen one has given its run up.
      const next = await server.queue.submit(studentNamed('quick'));
      expect((await ended(next.id)).at(-1)).toMatchObject({ state: 'succeeded' });
      expect((await server.runs.get(id)).state).toBe('running');
      await writeFile(join(place.dataDirectory, 'leave-2'), '');
      const events = await ended(id);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(events.at(-1)).toMatchObject({ state: 'succeeded' });
      const takenOver = events.findIndex(({ phase, sequence }) => phase === 'queued' && sequence > 1);
      const after = events.slice(takenOver).flatMap(({ message }) => message ?? []);
      expect(after).toContain('attempt 2');
      expect(after).not.toContain('attempt 1');
      const { rows } = await place.database.executeSql(
        `SELECT path FROM model_versions WHERE name = 'waits-for-leave'`,
      );
      expect(rows).toHaveLength(1);
      const graph = join(place.dataDirectory, 'models', String(rows[0]?.path), 'model.onnx');
      expect(await readFile(graph, 'utf8')).toBe('attempt 2');
    });

    it('a run that kills each of them is given up after its tries, with the reason', async () => {
      const { id } = await server.queue.submit(studentNamed('kills-its-worker'));
      let deaths = 0;
      while ((await server.runs.get(id)).state !== 'failed' && deaths < 5) {
        const worker = await workers.start();
        const death = once(worker, 'exit').then(() => deaths++);
        await Promise.race([death, until(id, ({ state }) => state === 'failed')]);
      }
      expect(deaths).toBe(1 + quickTiming.retryLimit!);
      expect((await server.runs.get(id)).error).toMatchObject({
        code: 'INTERNAL',
        message: expect.stringContaining('ended without a word'),
      });
    });

    it('with clocks a day off leave each other their runs, and tell who they are', async () => {
      const day = 86_400_000;
      await Promise.all([workers.start(quickTiming, day), workers.start(quickTiming, -day)]);
      const ids: string[] = [];
      // Each longer than a lease.
      for (let number = 0; number < 4; number++)
        ids.push((await server.queue.submit(studentNamed('takes-seconds'))).id);
      await until(ids[0]!, ({ state }) => state === 'running');
      const known = await server.queue.workers();
      expect(known).toHaveLength(2);
      expect(known.flatMap(({ runs }) => runs)).toContain(ids[0]);
      for (const id of ids) {
        expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
        expect(await noted(id)).toBe('x');
      }
    });

    it('puts its run back at SIGTERM, and its row is gone', async () => {
      const worker = await workers.start();
      const { id } = await server.queue.submit(studentNamed('waits'));
      await until(id, ({ phase }) => phase === 'training');
      worker.kill('SIGTERM');
      expect(await once(worker, 'exit')).toEqual([0, null]);
      expect((await server.runs.get(id)).state).toBe('queued');
      expect(await server.queue.workers()).toEqual([]);
      await workers.start();
      expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
    });

    it('carry a survey out by themselves, each run once', async () => {
      const teacher = teacherConfig.parse({ kind: 'teacher', dataset: 'sample' });
      const first = await server.queue.submit(teacher);
      const runner = new SurveyRunner({
        ...server,
        database: place.database,
        catalogue: new DatasetCatalogue({ dataDirectory: place.dataDirectory }),
        logger: pino({ level: 'silent' }),
      });
      await workers.start();
      await ended(first.id);
      const survey = await runner.submit(
        surveySpec.parse({
          name: 'spread',
          title: 'Over two workers',
          dataset: 'sample',
          teacher: 'teacher',
          seeds: [1, 2],
          grids: [grid],
        }),
      );
      await runner.stop();
      await server.queue.stop();
      await workers.start();
      while ((await server.surveys.get(survey.id)).state === 'running')
        await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await server.surveys.get(survey.id)).state).toBe('succeeded');
      const claims = await server.surveys.runsOf(survey.id);
      expect(claims.length).toBeGreaterThan(5);
      expect(new Set(claims.map(({ runId }) => runId)).size).toBe(claims.length);
      for (const { runId } of claims) expect(await noted(runId)).toBe('x');
    });
  });

  it('a run that asks for a GPU waits for a worker that has one, and says so', async () => {
    const plain = await openQueue(place.database, place.dataDirectory);
    const { id } = await plain.queue.submit({ ...studentNamed('on-gpu'), gpu: true });
    const other = await plain.queue.submit(studentNamed('quick'));
    for await (const event of plain.progress.follow(other.id, 0)) if (event.state === 'succeeded') break;
    expect(await plain.progress.after(id, 0)).toMatchObject([
      { state: 'queued', message: expect.stringContaining('no worker has one') },
    ]);
    const withGpu = await openQueue(place.database, place.dataDirectory, { gpu: true });
    for await (const event of plain.progress.follow(id, 0)) if (event.state === 'succeeded') break;
    await Promise.all([plain.queue.stop(), withGpu.queue.stop()]);
    await plain.progress.close();
  });
});
