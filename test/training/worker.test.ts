import { describe, expect, it } from '@jest/globals';
import { fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../../src/config.ts';
import { benchmarkConfig } from '../../src/training/config.ts';
import { runInChild } from '../../src/training/child.ts';
import type { FromChild, RunJob } from '../../src/training/messages.ts';

/** Fails before any data is read. */
const impossible: RunJob = {
  runId: 'f3b0c442-98fc-4c14-9afb-f4c8996fb924',
  config: benchmarkConfig.parse({ kind: 'benchmark', models: ['none'], dataset: 'not-there' }),
  dataDirectory: tmpdir(),
  artefacts: { artefacts: undefined, s3Endpoint: undefined, s3Region: undefined },
  runFolder: tmpdir(),
  imdbArchive: null,
  checkpointDirectory: null,
  engine: 'onnx',
  threads: 1,
  checkpointSeconds: 60,
  serving: readConfig({}),
  models: [],
  forSurvey: false,
  survey: null,
};
const listeners = { onProgress: () => undefined, onEpoch: () => undefined, onCheckpoint: () => undefined };

describe("a run's process", () => {
  it("tells the user's errors as they are", async () => {
    await expect(
      runInChild(impossible, { ...listeners, signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('not-there') });
  });

  it('tells a fault of ours in one sentence, and prints the stack for the log', async () => {
    const broken = { ...impossible, config: null } as unknown as RunJob;
    const failure: unknown = await runInChild(broken, {
      ...listeners,
      signal: new AbortController().signal,
    }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/^[^\n/]+$/),
      facts: { output: expect.stringMatching(/TypeError.*\n +at /) },
    });
    expect(failure).not.toMatchObject({ message: expect.stringContaining('null') });
  });

  it('leaves it to the server what a signal to the whole process group means', async () => {
    const script = fileURLToPath(new URL('../../src/training/worker.ts', import.meta.url));
    const child = fork(script, [], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const messages = new EventEmitter();
    child.on('message', ({ type }: FromChild) => messages.emit(type));
    const answered = () => once(messages, 'failed', { signal: AbortSignal.timeout(20_000) });
    try {
      child.send({ type: 'start', job: impossible });
      await answered();
      child.kill('SIGINT');
      child.kill('SIGTERM');
      child.send({ type: 'start', job: impossible });
      await answered();
      expect(child.signalCode).toBeNull();
    } finally {
      child.kill('SIGKILL');
    }
  });
});
