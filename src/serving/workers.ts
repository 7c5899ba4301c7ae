/** The inference worker threads: which are free, and which have a model open already. */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Piscina } from 'piscina';
import { DistilleryError } from '../errors.ts';
import type { InferenceAnswer, InferenceTask } from './messages.ts';

type Classification = Omit<Extract<InferenceTask, { type: 'classify' }>, 'type'>;

export class InferenceWorkers {
  readonly #workers: InferenceWorker[];

  /** Starts the threads, so that the first request need not wait for them. */
  constructor(count: number) {
    this.#workers = Array.from({ length: count }, () => new InferenceWorker());
  }

  /** @returns whether a worker is free to start at once */
  hasIdle(): boolean {
    return this.#workers.some((worker) => worker.idle);
  }

  /**
   * Runs on an idle worker, one that has used the model before if there is any.
   * @returns logits, float32 [texts, 2], row-major
   * @throws DistilleryError INVALID_CHECKPOINT for a model that can't be read, UNAVAILABLE where the worker died
   */
  classify(batch: Classification): Promise<Float32Array> {
    const idle = this.#workers.filter((worker) => worker.idle);
    const worker = idle.find((candidate) => candidate.folders.has(batch.folder)) ?? idle[0];
    if (!worker)
      throw new DistilleryError('INTERNAL', 'A batch was sent though no inference worker is idle.');
    return worker.classify(batch);
  }

  /** Call it when no batch is running. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }
}

/** A pool of one thread, because a shared pool can't be told which of its threads has a model open. */
class InferenceWorker {
  /** Models that were sent here; the thread may have closed some of them. */
  readonly folders = new Set<string>();
  idle = true;
  readonly #pool: Piscina<InferenceTask, InferenceAnswer>;
  /** Why the thread could not start: the tasks that wait for it are only told that it has ended. */
  #startFailure: unknown = null;

  constructor() {
    this.#pool = startThread();
    // A thread that can't start would leave its tasks waiting; destroying the pool fails them, and the next
    // task starts a new thread.
    this.#pool.on('error', (error) => {
      this.#startFailure = error;
      void this.#pool.destroy();
    });
  }

  async classify(batch: Classification): Promise<Float32Array> {
    this.idle = false;
    this.folders.add(batch.folder);
    try {
      const answer = await this.#run({ type: 'classify', ...batch });
      if (answer.type === 'logits') return answer.logits;
      if (answer.type === 'failed') throw new DistilleryError(answer.code, answer.message, answer.facts);
      throw new DistilleryError('INTERNAL', `The inference worker answered a batch with "${answer.type}".`);
    } finally {
      this.idle = true;
    }
  }

  async stop(): Promise<void> {
    // Sessions are released by the thread that made them, before it is ended.
    if (this.folders.size > 0) await this.#run({ type: 'close' }).catch(() => undefined);
    await this.#pool.destroy();
  }

  async #run(task: InferenceTask): Promise<InferenceAnswer> {
    try {
      return await this.#pool.run(task);
    } catch (error) {
      const cause = this.#startFailure ?? error;
      this.#startFailure = null;
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new DistilleryError(
        'UNAVAILABLE',
        `The inference worker failed (${reason}) and is started anew. Send the request again.`,
        {},
        { cause },
      );
    }
  }
}

function startThread(): Piscina<InferenceTask, InferenceAnswer> {
  // `.ts` where this file runs uncompiled, `.js` in the build.
  const extension = extname(fileURLToPath(import.meta.url));
  return new Piscina<InferenceTask, InferenceAnswer>({
    filename: fileURLToPath(new URL(`./inferenceWorker${extension}`, import.meta.url)),
    execArgv: extension === '.ts' ? ['--import', tsxLoader()] : [],
    minThreads: 1,
    maxThreads: 1,
  });
}

function tsxLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
