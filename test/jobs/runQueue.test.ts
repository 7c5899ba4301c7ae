import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { ProgressEvent } from '../../src/progress/progress.ts';
import { sharedFolder } from '../../src/artefacts/store.ts';
import { RunFolders } from '../../src/jobs/runFolders.ts';
import { benchmarkConfig, distillationConfig, teacherConfig } from '../../src/training/config.ts';
import { exampleCard } from '../models/exampleCard.ts';
import { onEachDatabase } from '../storage/databases.ts';
import { openQueue, studentNamed } from './openQueue.ts';
import type { OpenQueue, QueueOptions } from './openQueue.ts';

onEachDatabase('run_queue', (place) => {
  let opened: OpenQueue[] = [];
  let main: OpenQueue;

  beforeEach(async () => {
    opened = [];
    main = await open();
  });
  afterEach(async () => {
    await Promise.all(opened.map(({ queue }) => queue.stop()));
    await Promise.all(opened.map(({ progress }) => progress.close()));
    // A run that goes back to the queue when a test ends must not start in the next one.
    await place.database.executeSql(`TRUNCATE runs CASCADE; DELETE FROM pgboss.job`);
  });

  async function open(options: QueueOptions = {}, database = place.database): Promise<OpenQueue> {
    const queue = await openQueue(database, place.dataDirectory, options);
    opened.push(queue);
    return queue;
  }
  async function restart(options: QueueOptions = {}): Promise<void> {
    await main.queue.stop();
    main = await open(options);
  }
  async function ended(runId: string): Promise<ProgressEvent[]> {
    const events: ProgressEvent[] = [];
    for await (const event of main.progress.follow(runId, 0)) events.push(event);
    return events;
  }
  async function until(runId: string, condition: (event: ProgressEvent) => boolean): Promise<void> {
    for await (const event of main.progress.follow(runId, 0)) if (condition(event)) return;
  }
  const inTraining = ({ phase }: ProgressEvent) => phase === 'training';
  const starts = async (runId: string) =>
    (await readFile(join(place.dataDirectory, 'starts', runId), 'utf8')).length;
  /** Of runs that have a checkpoint or a prepared model on disk. */
  const foldersOfRuns = () => readdir(join(place.dataDirectory, 'runs'));
  const jobs = async () =>
    (await place.database.executeSql('SELECT id FROM pgboss.job')).rows.map(({ id }) => id);

  it('lets training on labels go on from a student only', async () => {
    const teacher = teacherConfig.parse({ kind: 'teacher', name: 'big', dataset: 'sample' });
    await ended((await main.queue.submit(teacher)).id);
    await ended((await main.queue.submit(studentNamed('little'))).id);
    const from = (startFrom: string) => main.queue.submit({ ...studentNamed('more'), startFrom });
    await expect(from('big')).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      facts: { reference: 'big@1' },
    });
    expect(await from('little')).toMatchObject({ usedModels: ['little@1'] });
  });

  it('runs what is submitted: events in order, epochs, a published model, a final event', async () => {
    const run = await main.queue.submit(studentNamed('quick'));
    expect(run).toMatchObject({ state: 'queued', kind: 'student' });
    const events = await ended(run.id);
    expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(inTraining).map(({ step }) => step)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
    expect(events.map(({ state }) => state)).toEqual([
      'queued',
      ...Array<string>(31).fill('running'),
      'succeeded',
    ]);
    expect(events.at(-1)).toMatchObject({
      phase: 'ended',
      state: 'succeeded',
      message: expect.stringMatching(/^Published quick@/),
    });
    const { model, epochs, endedAt } = await main.runs.get(run.id);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(endedAt).toBeInstanceOf(Date);
    expect((await main.registry.resolve(`quick@${model?.version}`)).card.name).toBe('quick');
    expect(await jobs()).toEqual([]);
  });

  it('hands a distillation its teacher, pinned when it was submitted, and a benchmark its models and report', async () => {
    const teach = async () =>
      ended((await main.queue.submit(teacherConfig.parse({ kind: 'teacher', dataset: 'sample' }))).id);
    await teach();
    const first = await main.registry.resolve('teacher');
    await restart({ concurrentRuns: 1 });
    const blocking = await main.queue.submit(studentNamed('waits'));
    const distillation = await main.queue.submit(
      distillationConfig.parse({ ...studentNamed('pinned'), kind: 'distillation' }),
    );
    expect(distillation.usedModels).toEqual([`teacher@${first.card.version}`]);
    await until(blocking.id, inTraining);
    await main.queue.cancel(blocking.id);
    await ended(distillation.id);
    const teacher = `teacher@${first.card.version} in ${first.folder}`;
    expect((await main.registry.resolve('pinned')).card.parentTeacher).toBe(teacher);
    const benchmark = await main.queue.submit(
      benchmarkConfig.parse({ kind: 'benchmark', models: ['teacher', 'pinned'], dataset: 'sample' }),
    );
    await ended(benchmark.id);
    expect(await main.runs.get(benchmark.id)).toMatchObject({
      state: 'succeeded',
      model: null,
      report: { reviews: 2 },
    });
  });

  it('names used models as the registry does, whatever their own cards say', async () => {
    const { id } = await main.queue.submit(studentNamed('renamed'));
    await ended(id);
    const { folder, card } = await main.registry.resolve('renamed');
    await writeFile(join(folder, 'card.json'), JSON.stringify({ ...card, version: 77 }));
    const benchmark = await main.queue.submit(
      benchmarkConfig.parse({ kind: 'benchmark', models: ['renamed'], dataset: 'sample' }),
    );
    await ended(benchmark.id);
    expect((await main.runs.get(benchmark.id)).report?.machine).toBe(`renamed@${card.version}`);
  });

  it('stores epochs while the run goes on, and keeps them when it is cancelled', async () => {
    const { id } = await main.queue.submit(studentNamed('waits'));
    await until(id, inTraining);
    expect((await main.runs.get(id)).epochs).toMatchObject([{ phase: 'training', epoch: 1, loss: 1 }]);
    await main.queue.cancel(id);
    await ended(id);
    expect((await main.runs.get(id)).epochs).toHaveLength(1);
  });

  describe('the checkpoint of a run that has ended', () => {
    /** Runs that end in every way. @returns their ids */
    async function endInEveryWay(): Promise<string[]> {
      const ids: string[] = [];
      for (const name of ['quick', 'fails', 'waits', 'waits-and-succeeds']) {
        const { id } = await main.queue.submit(studentNamed(name));
        ids.push(id);
        if (name.startsWith('waits')) {
          await until(id, inTraining);
          expect(await foldersOfRuns()).toContain(id);
          await main.queue.cancel(id);
        }
        await ended(id);
      }
      await main.queue.stop();
      expect(await Promise.all(ids.map(async (id) => (await main.runs.get(id)).state))).toEqual([
        'succeeded',
        'failed',
        'cancelled',
        'cancelled',
      ]);
      return ids;
    }
    const kept = async (ids: string[]) => {
      const there = await foldersOfRuns();
      return ids.map((id) => there.includes(id));
    };
    const age = (id: string | undefined, hours: number) =>
      place.database.executeSql("UPDATE runs SET ended_at = now() - $2 * interval '1 hour' WHERE id = $1", [
        id,
        hours,
      ]);
    const sweep = (keepCheckpointsHours: number) =>
      new RunFolders({
        database: place.database,
        artefacts: sharedFolder(place.dataDirectory),
        config: { keepCheckpointsHours },
        logger: pino({ level: 'silent' }),
      }).sweep(new AbortController().signal);

    it('is kept where it can be resumed, until it is too old', async () => {
      const ids = await endInEveryWay();
      expect(await kept(ids)).toEqual([false, true, true, true]);
      await age(ids[2], 47);
      await sweep(48);
      expect(await kept(ids)).toEqual([false, true, true, true]);
      await sweep(46);
      expect(await kept(ids)).toEqual([false, true, false, true]);
    });

    it('is looked at when a queue starts', async () => {
      const ids = await endInEveryWay();
      await age(ids[1], 169);
      main = await open();
      while ((await kept(ids))[1]) await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await kept(ids)).toEqual([false, false, true, true]);
    });

    it('is not kept at all where the setting says so', async () => {
      await restart({ keepCheckpointsHours: 0 });
      expect(await kept(await endInEveryWay())).toEqual([false, false, false, false]);
    });

    it('is left alone where it is of a run that this database does not know, or of none', async () => {
      const others = ['f3b0c442-98fc-4c14-9afb-f4c8996fb924', 'notes'];
      for (const name of others) await mkdir(join(place.dataDirectory, 'runs', name), { recursive: true });
      await sweep(0);
      expect(await kept(others)).toEqual([true, true]);
    });
  });

  it('refuses what can never run, before anything is stored', async () => {
    await expect(
      main.queue.submit(benchmarkConfig.parse({ kind: 'benchmark', models: ['none'], dataset: 'sample' })),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(main.queue.submit(studentNamed('best-student'))).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await ended((await main.queue.submit(studentNamed('quick'))).id);
    await expect(
      main.queue.submit(
        distillationConfig.parse({ ...studentNamed('x'), kind: 'distillation', teacher: 'quick' }),
      ),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect((await main.runs.list({ first: 10 })).items).toHaveLength(1);
  });

  it('runs no more at a time than it may, in the order of submission', async () => {
    await restart({ concurrentRuns: 2 });
    const ids: string[] = [];
    for (const name of ['waits-a', 'waits-b', 'waits-c', 'quick'])
      ids.push((await main.queue.submit(studentNamed(name))).id);
    const [a = '', b = '', c = '', d = ''] = ids;
    await Promise.all([until(a, inTraining), until(b, inTraining)]);
    const states = async () => Promise.all(ids.map(async (id) => (await main.runs.get(id)).state));
    expect(await states()).toEqual(['running', 'running', 'queued', 'queued']);
    await main.queue.cancel(a);
    await until(c, inTraining);
    expect(await states()).toEqual(['cancelled', 'running', 'running', 'queued']);
    await main.queue.cancel(b);
    await ended(d);
    expect(await states()).toEqual(['cancelled', 'cancelled', 'running', 'succeeded']);
  });

  describe('cancelling', () => {
    it('ends a queued run at once, with its final event', async () => {
      await restart({ concurrentRuns: 1 });
      const running = await main.queue.submit(studentNamed('waits'));
      await until(running.id, inTraining);
      const queued = await main.queue.submit(studentNamed('quick'));
      expect(await main.queue.cancel(queued.id)).toMatchObject({
        state: 'cancelled',
        error: { code: 'CANCELLED' },
      });
      expect((await ended(queued.id)).at(-1)).toMatchObject({ phase: 'ended', state: 'cancelled' });
      expect(await jobs()).toEqual([running.id]);
    });

    it('tells the child of a running run to stop, and kills one that does not listen', async () => {
      await restart({ killAfterMs: 200 });
      for (const name of ['waits', 'waits-deaf']) {
        const { id } = await main.queue.submit(studentNamed(name));
        await until(id, inTraining);
        await main.queue.cancel(id);
        expect((await ended(id)).at(-1)).toMatchObject({ phase: 'ended', state: 'cancelled' });
        expect(await main.runs.get(id)).toMatchObject({
          state: 'cancelled',
          error: { code: 'CANCELLED' },
          model: null,
        });
      }
    });

    it('of a run that was put back keeps its checkpoint', async () => {
      const { id } = await main.queue.submit(studentNamed('waits'));
      await until(id, inTraining);
      await main.queue.stop();
      await main.queue.cancel(id);
      expect(await foldersOfRuns()).toContain(id);
    });

    it('asked for while the server stops ends the run instead of putting it back', async () => {
      await restart({ killAfterMs: 500 });
      const { id } = await main.queue.submit(studentNamed('waits-deaf'));
      await until(id, inTraining);
      const stopped = main.queue.stop();
      await main.queue.cancel(id);
      await stopped;
      expect(await main.runs.get(id)).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
      expect(await jobs()).toEqual([]);
    });

    it('is a conflict for a run that has ended, and not found for one that never was', async () => {
      const { id } = await main.queue.submit(studentNamed('fails'));
      await ended(id);
      await expect(main.queue.cancel(id)).rejects.toMatchObject({
        code: 'CONFLICT',
        facts: { state: 'failed' },
      });
      await expect(main.queue.cancel('f3b0c442-98fc-4c14-9afb-f4c8996fb924')).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    });
  });

  describe('resuming', () => {
    async function cancelled(name: string): Promise<string> {
      const { id } = await main.queue.submit(studentNamed(name));
      await until(id, inTraining);
      await main.queue.cancel(id);
      await ended(id);
      return id;
    }

    it('of a cancelled run goes on from its checkpoint, with its events and epochs', async () => {
      const id = await cancelled('waits');
      const before = await main.progress.after(id, 0);
      expect(await main.queue.resume(id)).toMatchObject({ error: null, endedAt: null, model: null });
      const events = await ended(id);
      expect(events.slice(0, before.length)).toEqual(before);
      expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
      expect(
        events.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]),
      ).toEqual(['queued', 'running', 'cancelled', 'queued', 'running', 'succeeded']);
      // The child of this name waits for ever where it finds no checkpoint.
      expect(await main.runs.get(id)).toMatchObject({ state: 'succeeded', error: null });
      expect((await main.runs.get(id)).epochs.map(({ epoch }) => epoch)).toEqual([1, 2]);
      expect(await starts(id)).toBe(2);
      await main.queue.stop();
      expect(await foldersOfRuns()).not.toContain(id);
    });

    it('is possible as soon as the run has ended, again and again', async () => {
      await restart({ killAfterMs: 50 });
      const id = await cancelled('waits-deaf');
      for (let time = 2; time <= 5; time++) {
        const { sequence: last } = (await main.progress.after(id, 0)).at(-1)!;
        await main.queue.resume(id);
        await until(id, (event) => event.sequence > last && inTraining(event));
        await main.queue.cancel(id);
        expect((await ended(id)).at(-1)).toMatchObject({ state: 'cancelled' });
        expect(await starts(id)).toBe(time);
      }
    });

    it('of a failed run tries it once more from its start where it has no checkpoint', async () => {
      const { id } = await main.queue.submit(studentNamed('exits'));
      await ended(id);
      await main.queue.resume(id);
      await ended(id);
      // Four tries each.
      expect(await starts(id)).toBe(8);
      expect(await main.runs.get(id)).toMatchObject({ state: 'failed', error: { code: 'INTERNAL' } });
    });

    it('of a run that was cancelled before it began starts it', async () => {
      await restart({ concurrentRuns: 1 });
      const blocking = await main.queue.submit(studentNamed('waits'));
      await until(blocking.id, inTraining);
      const { id } = await main.queue.submit(studentNamed('quick'));
      await main.queue.cancel(id);
      expect(await main.queue.resume(id)).toMatchObject({ state: 'queued', startedAt: null });
      await main.queue.cancel(blocking.id);
      expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
    });

    it('leaves the pause out of the time that the run takes', async () => {
      const id = await cancelled('waits');
      await place.database.executeSql(
        `UPDATE runs SET started_at = now() - interval '3 hours', ended_at = now() - interval '2 hours' WHERE id = $1`,
        [id],
      );
      await main.queue.resume(id);
      await ended(id);
      const { startedAt, endedAt } = await main.runs.get(id);
      const hours = (endedAt!.getTime() - startedAt!.getTime()) / 3_600_000;
      expect(hours).toBeGreaterThan(0.99);
      expect(hours).toBeLessThan(1.1);
    });

    it('twice at a time makes one conflict, and one run', async () => {
      const id = await cancelled('waits');
      const results = await Promise.allSettled([main.queue.resume(id), main.queue.resume(id)]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = results.find(({ status }) => status === 'rejected');
      expect(refused).toMatchObject({ reason: { code: 'CONFLICT' } });
      await ended(id);
      expect(await starts(id)).toBe(2);
    });

    it('is a conflict in any other state, and not found for a run that never was', async () => {
      await restart({ concurrentRuns: 1 });
      const done = await main.queue.submit(studentNamed('quick'));
      await ended(done.id);
      const running = await main.queue.submit(studentNamed('waits'));
      await until(running.id, inTraining);
      const queued = await main.queue.submit(studentNamed('quick'));
      for (const [{ id }, state] of [
        [done, 'succeeded'],
        [running, 'running'],
        [queued, 'queued'],
      ] as const) {
        const before = await main.progress.after(id, 0);
        await expect(main.queue.resume(id)).rejects.toMatchObject({ code: 'CONFLICT', facts: { state } });
        expect((await main.progress.after(id, 0)).slice(0, before.length)).toEqual(before);
        expect((await main.runs.get(id)).state).toBe(state);
      }
      for (const id of ['f3b0c442-98fc-4c14-9afb-f4c8996fb924', 'x'])
        await expect(main.queue.resume(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
      await main.queue.cancel(queued.id);
      await main.queue.stop();
      await expect(main.queue.resume(queued.id)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect((await main.runs.get(queued.id)).state).toBe('cancelled');
    });
  });

  describe('failing', () => {
    it("is at once for the user's error, which is kept", async () => {
      const { id } = await main.queue.submit(studentNamed('fails'));
      expect((await ended(id)).at(-1)).toMatchObject({ state: 'failed', message: 'one class only' });
      expect(await main.runs.get(id)).toMatchObject({
        state: 'failed',
        error: { code: 'INVALID_DATASET', message: 'one class only' },
      });
      expect(await starts(id)).toBe(1);
    });

    it('of the child by a kill is tried again, until it goes well', async () => {
      const { id } = await main.queue.submit(studentNamed('is-killed-twice'));
      const events = await ended(id);
      expect(events.at(-1)).toMatchObject({ state: 'succeeded' });
      expect(
        events
          .filter(({ phase, sequence }) => phase === 'queued' && sequence > 1)
          .map(({ message }) => message),
      ).toEqual([expect.stringMatching(/SIGKILL.*3 of 3/), expect.stringMatching(/SIGKILL.*2 of 3/)]);
      expect(await starts(id)).toBe(3);
    });

    it('four times is final, with the reason', async () => {
      const lines: string[] = [];
      await restart({ logger: pino({ level: 'warn' }, { write: (line) => lines.push(line) }) });
      const { id } = await main.queue.submit(studentNamed('exits'));
      await ended(id);
      const { state, error } = await main.runs.get(id);
      expect({ state, error }).toEqual({
        state: 'failed',
        error: { code: 'INTERNAL', message: "The run's process exited with code 7 without a result." },
      });
      // What the process printed is for the log alone.
      const logged = lines.filter((line) => line.includes('something is broken'));
      expect(logged.map((line) => (JSON.parse(line) as { run: string }).run)).toEqual([id, id, id, id]);
      expect(await starts(id)).toBe(4);
      expect(await jobs()).toEqual([]);
    });
  });

  describe('stopping', () => {
    it('lets the child save its state; the run goes on after the next start, before those that wait', async () => {
      await restart({ concurrentRuns: 1 });
      const { id } = await main.queue.submit(studentNamed('waits'));
      await until(id, inTraining);
      const later = await main.queue.submit(studentNamed('quick'));
      await main.queue.stop();
      expect((await main.runs.get(id)).state).toBe('queued');
      await expect(main.queue.submit(studentNamed('quick'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      await restart({ concurrentRuns: 1 });
      expect(
        (await ended(id)).map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]),
      ).toEqual(['queued', 'running', 'queued', 'running', 'succeeded']);
      await ended(later.id);
      const [first, second] = [await main.runs.get(id), await main.runs.get(later.id)];
      expect(first.endedAt?.getTime()).toBeLessThanOrEqual(second.startedAt?.getTime() ?? 0);
    });
  });

  describe('a server that is killed', () => {
    it('leaves runs that the next one takes up: running ones go on, queued ones start', async () => {
      await main.queue.stop();
      await main.progress.close();
      await place.database.close();
      const server = fork(
        fileURLToPath(new URL('./serverProcess.ts', import.meta.url)),
        [place.dataDirectory, place.databaseUrl ?? '', 'waits-for-the-kill', 'waits-for-the-kill', 'quick'],
        { execArgv: ['--import', 'tsx'] },
      );
      const [ids] = (await once(server, 'message')) as [string[]];
      const [running = '', alsoRunning = '', queued = ''] = ids;
      await checkpointed(running);
      await checkpointed(alsoRunning);
      server.kill('SIGKILL');
      await once(server, 'exit');
      await place.reopen();
      main = await open();
      for (const id of [running, alsoRunning]) {
        const events = await ended(id);
        expect(events.at(-1)).toMatchObject({ state: 'succeeded' });
        expect(events.map(({ message }) => message)).toContainEqual(
          expect.stringContaining('ended without a word'),
        );
        expect(await starts(id)).toBe(2);
      }
      expect((await ended(queued)).at(-1)).toMatchObject({ state: 'succeeded' });
      expect(await starts(queued)).toBe(1);
    });

    it('just after it published does not train again', async () => {
      await restart({ concurrentRuns: 1 });
      const blocking = await main.queue.submit(studentNamed('waits'));
      await until(blocking.id, inTraining);
      const { id } = await main.queue.submit(studentNamed('quick'));
      const prepared = join(place.dataDirectory, 'prepared');
      await mkdir(prepared);
      for (const file of ['model.onnx', 'tokenizer.json']) await writeFile(join(prepared, file), '{}');
      const published = await main.registry.publish(prepared, exampleCard({ name: 'quick' }), id);
      await main.queue.cancel(blocking.id);
      expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
      expect((await main.runs.get(id)).model).toEqual({ name: 'quick', version: published.card.version });
      await expect(starts(id)).rejects.toThrow();
    });

    async function checkpointed(runId: string): Promise<void> {
      while (
        !(await readFile(join(place.dataDirectory, 'runs', runId, '1', 'checkpoint')).catch(() => null))
      ) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  });

  const onServers = place.kind === 'pglite' ? describe.skip : describe; // one process alone has a PGlite folder
  onServers('several workers on one server', () => {
    it('share the runs, each run once, and cancel what another one runs', async () => {
      const other = await open({}, await place.another());
      const ids: string[] = [];
      for (let number = 0; number < 10; number++)
        ids.push((await (number % 2 ? main : other).queue.submit(studentNamed('quick'))).id);
      for (const id of ids) expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
      expect(await Promise.all(ids.map(starts))).toEqual(ids.map(() => 1));
      await main.queue.stop();
      main = await open({ concurrentRuns: 1 });
      const blocking = await Promise.all(
        ['waits-a', 'waits-b', 'waits-c'].map((name) => main.queue.submit(studentNamed(name))),
      );
      await Promise.all(blocking.map(({ id }) => until(id, inTraining)));
      for (const { id } of blocking) await other.queue.cancel(id);
      for (const { id } of blocking) expect((await ended(id)).at(-1)).toMatchObject({ state: 'cancelled' });
    });

    it('take over from one that is not heard of any more, which then writes nothing', async () => {
      await main.queue.stop();
      // Its heart beats too seldom for the lease that the other one grants.
      const frozen = await open({ timing: { heartbeatMs: 600_000 } });
      main = frozen;
      const { id } = await frozen.queue.submit(studentNamed('waits-for-the-kill'));
      await until(id, inTraining);
      await place.database.executeSql(
        "UPDATE runs SET heartbeat_at = now() - interval '1 hour' WHERE id = $1",
        [id],
      );
      const other = await open({ timing: { leaseMs: 2_000 } }, await place.another());
      // The one that took over may well be either of the two; the run has been started anew.
      expect((await ended(id)).at(-1)).toMatchObject({ state: 'succeeded' });
      expect(await starts(id)).toBe(2);
      await Promise.all([frozen.queue.stop(), other.queue.stop()]);
      expect((await main.runs.get(id)).state).toBe('succeeded');
      expect((await main.progress.after(id, 0)).at(-1)).toMatchObject({ state: 'succeeded' });
    });
  });
});
