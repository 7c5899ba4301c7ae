/** How runs are followed: what it waits for, and when it gives up. */
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FollowedRuns, RunFailure } from '../../src/cli/followedRuns.ts';
import { DistilleryError } from '../../src/errors.ts';
import { progressOf } from '../../src/progress/progress.ts';
import type { RunInChild } from '../../src/training/child.ts';
import { startTestServer, untilCancelled, type TestServer } from '../graphql/testServer.ts';

/** Behaves as the name of the teacher says. */
const runInChild: RunInChild = async (job, options) => {
  const name = 'name' in job.config ? job.config.name : '';
  const { onProgress } = options;
  if (name === 'without-network') throw new DistilleryError('UNAVAILABLE', 'No network here.');
  if (name === 'loads')
    onProgress(progressOf('loading-data', { message: 'Downloading', step: 5, total: 10 }));
  if (name === 'loads') await new Promise((resolve) => setTimeout(resolve, 2_500));
  if (name === 'trains' || name === 'loads') {
    onProgress(progressOf('training', { epoch: 1, step: 1, total: 2 }));
    throw new DistilleryError('BAD_USER_INPUT', 'The loss is no longer a number.');
  }
  return untilCancelled(job, options);
};

let server: TestServer;
let runs: FollowedRuns;

beforeAll(async () => {
  server = await startTestServer({ runInChild });
  runs = new FollowedRuns(server.client, new PassThrough() as unknown as NodeJS.WriteStream);
});
afterAll(() => server.stop());

async function failureOf(name: string, patienceMs?: number): Promise<RunFailure> {
  const options = patienceMs === undefined ? {} : { patienceMs };
  const failure = await runs
    .train(name, 'startTeacherTraining', { name, dataset: 'sample' }, options)
    .catch((error: unknown) => error);
  if (!(failure instanceof RunFailure)) throw failure;
  return failure;
}

const newestState = async () => {
  const { edges } = await server.client.call<{ edges: { node: { state: string } }[] }>('runs', { first: 1 });
  return edges[0]?.node.state;
};

describe('a run that is followed with patience', () => {
  it('is given up instead of tried again where its data cannot be had', async () => {
    const failure = await failureOf('without-network', 60_000);
    expect(failure.message).toMatch(/^No network here\./);
    expect(failure.trainingHadBegun).toBe(false);
    expect(await newestState()).toBe('CANCELLED');
  });

  it('is given up where nothing comes at all', async () => {
    const failure = await failureOf('hangs', 200);
    expect(failure).toMatchObject({ message: 'nothing came for 0.2 s.', trainingHadBegun: false });
    expect(await newestState()).toBe('CANCELLED');
  });

  it('goes on once data comes, however long the rest takes', async () => {
    const failure = await failureOf('loads', 2_000);
    expect(failure).toMatchObject({ code: 'BAD_USER_INPUT', trainingHadBegun: true });
  });
});

describe('a run that fails', () => {
  it('tells whether training had begun, with code and reason', async () => {
    const failure = await failureOf('trains');
    expect(failure).toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'The loss is no longer a number.',
      trainingHadBegun: true,
    });
    expect(await newestState()).toBe('FAILED');
  });
});

describe('an interruption', () => {
  it('cancels the present run, and lets no other one start', async () => {
    const interrupted = new FollowedRuns(server.client, new PassThrough() as unknown as NodeJS.WriteStream);
    const input = { name: 'hangs', dataset: 'sample' };
    const run = interrupted.run('hangs', 'startTeacherTraining', input);
    await interrupted.interrupt();
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await newestState()).toBe('CANCELLED');
    await expect(interrupted.run('other', 'startTeacherTraining', input)).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
