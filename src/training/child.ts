/** Runs one job in a child process, so that training never holds up the server and can be stopped by killing it. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants, setPriority } from 'node:os';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DistilleryError } from '../errors.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Progress } from '../progress/progress.ts';
import type { CheckpointNews } from './checkpoint.ts';
import type { FromChild, RunJob, RunOutcome, ToChild } from './messages.ts';

export interface ChildOptions {
  onProgress: (progress: Progress) => void;
  /** An epoch has ended; a resumed run tells the epochs before again. `position` is 0-based over all phases. */
  onEpoch: (epoch: EpochMetrics, position: number) => void;
  /** Its checkpoint was saved, or could not be used. */
  onCheckpoint: (news: CheckpointNews) => void;
  /** Aborting asks the child to save a checkpoint and end; it is killed if it takes longer than `killAfterMs`. */
  signal: AbortSignal;
}

export type RunInChild = (job: RunJob, options: ChildOptions) => Promise<RunOutcome>;

const defaultKillAfterMs = 15_000;
/** What a child may still do after its last message: close sessions and files. */
const exitWithinMs = 5_000;
/** How long output that is still on its way is waited for after the child's exit. */
const outputWithinMs = 500;
const keptOutput = 4_000;

/**
 * Resolves with the run's outcome once the child has ended.
 * Rejects with the child's own error, with CANCELLED after an abort, or with INTERNAL naming the exit code or
 * signal of a child that ended without an answer.
 */
export const runInChild: RunInChild = childRunner(sibling('worker'));

/** {@link runInChild} for another script that speaks the same messages. */
export function childRunner(script: string, killAfterMs = defaultKillAfterMs): RunInChild {
  return (job, options) => converse(startChild(script), job, options, killAfterMs);
}

/** The module beside this one, compiled or not as this one is. */
function sibling(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}

function startChild(script: string): ChildProcess {
  const loader = script.endsWith('.ts')
    ? ['--import', pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href]
    : [];
  const child = fork(script, [], {
    // As this process sees it, with the credentials of the artefact store
    env: process.env,
    execArgv: loader,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  try {
    // Classification in the server comes first.
    if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW);
  } catch {
    // Not permitted on this system: the child then runs at the same priority.
  }
  return child;
}

function converse(
  child: ChildProcess,
  job: RunJob,
  { onProgress, onEpoch, onCheckpoint, signal }: ChildOptions,
  killAfterMs: number,
): Promise<RunOutcome> {
  return new Promise((resolve, reject) => {
    let answer: Extract<FromChild, { type: 'done' | 'failed' }> | null = null;
    let ending: { code: number | null; signal: NodeJS.Signals | null } | null = null;
    let timer: NodeJS.Timeout | null = null;
    const output = lastOutput(child);

    const kill = () => child.kill('SIGKILL');
    const send = (message: ToChild) => {
      // A child that has just died can't be told anything; its exit tells the rest.
      if (child.connected) child.send(message, () => undefined);
    };
    const killAfter = (milliseconds: number) => {
      if (timer) clearTimeout(timer);
      timer = setTimeout(kill, milliseconds);
    };
    const stop = () => {
      send({ type: 'cancel' });
      if (!answer) killAfter(killAfterMs);
    };
    // Messages can still be on their way when the process has exited, so both ends are waited for.
    const settle = () => {
      if (!ending || child.connected) return;
      if (timer) clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      process.removeListener('exit', kill);
      if (answer?.type === 'done') resolve(answer.outcome);
      else if (answer) reject(told(answer, output.kept()));
      else if (signal.aborted)
        reject(new DistilleryError('CANCELLED', 'The run was stopped.', { runId: job.runId }));
      else reject(died(ending, output.kept()));
    };

    child.on('message', (message: FromChild) => {
      if (message.type === 'progress') return onProgress(message.progress);
      if (message.type === 'epoch') return onEpoch(message.epoch, message.position);
      if (message.type === 'checkpoint') return onCheckpoint(message.news);
      answer = message;
      killAfter(exitWithinMs);
      if (child.connected) child.disconnect();
    });
    // Not 'close', which Node does not emit after a disconnect() of ours.
    child.once('exit', (code, exitSignal) => {
      void output.ended().then(() => {
        ending = { code, signal: exitSignal };
        settle();
      });
    });
    child.once('disconnect', settle);
    child.once('error', (cause) => {
      if (timer) clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      process.removeListener('exit', kill);
      reject(
        new DistilleryError(
          'INTERNAL',
          `The run's process could not be started: ${cause.message}`,
          {},
          { cause },
        ),
      );
    });
    process.once('exit', kill);
    signal.addEventListener('abort', stop);
    send({ type: 'start', job });
    if (signal.aborted) stop();
  });
}

/** Reads what the child prints, which must be drained, and keeps its end for an error message. */
function lastOutput(child: ChildProcess): { kept: () => string; ended: () => Promise<unknown> } {
  let kept = '';
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) {
    stream.setEncoding('utf8').on('data', (text: string) => (kept = (kept + text).slice(-keptOutput)));
  }
  const allEnded = Promise.allSettled(streams.map((stream) => finished(stream, { writable: false })));
  return {
    kept: () => kept.trim(),
    // A process that the child started may hold the other end open.
    ended: () => Promise.race([allEnded, pause(outputWithinMs)]),
  };
}

/** What the child printed goes with a fault of ours, for the log. */
function told(
  { code, message, facts }: Extract<FromChild, { type: 'failed' }>,
  output: string,
): DistilleryError {
  return new DistilleryError(code, message, code === 'INTERNAL' ? { ...facts, output } : facts);
}

function died(
  ending: { code: number | null; signal: NodeJS.Signals | null },
  output: string,
): DistilleryError {
  const how = ending.signal ? `was killed by ${ending.signal}` : `exited with code ${ending.code}`;
  const hint = ending.signal === 'SIGKILL' ? ' The machine may have run out of memory.' : '';
  // The output is for the log: it may hold paths and a stack, and the message is stored and served.
  const message = `The run's process ${how} without a result.${hint}`;
  return new DistilleryError('INTERNAL', message, { exitCode: ending.code, signal: ending.signal, output });
}
