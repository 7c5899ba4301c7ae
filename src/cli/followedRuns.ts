/** Starts runs through the API, follows each live, and cancels the present one at Ctrl-C. */
import { ClientError, type DistilleryClient, type ProgressMessage } from '../client.ts';
import { DistilleryError } from '../errors.ts';
import { progressView } from './progressView.ts';

/** A run that did not succeed. */
export class RunFailure extends DistilleryError {
  /** False where it failed while its data and checkpoint were still being brought. */
  readonly trainingHadBegun: boolean;

  constructor(code: DistilleryError['code'], message: string, trainingHadBegun: boolean) {
    super(code, message);
    this.trainingHadBegun = trainingHadBegun;
  }
}

interface RunAnswer {
  model: { reference: string } | null;
  error: { code: DistilleryError['code']; message: string } | null;
}

interface FollowOptions {
  /**
   * Until training begins: cancel instead of waiting while the server tries a failed run again, and where no data has
   * come for so long. A server that takes the connection and says nothing is told from a slow one by this alone.
   */
  patienceMs?: number;
}

export class FollowedRuns {
  readonly #client: DistilleryClient;
  readonly #output: NodeJS.WriteStream;
  #present: string | null = null;
  #interrupted = false;

  constructor(client: DistilleryClient, output: NodeJS.WriteStream) {
    this.#client = client;
    this.#output = output;
  }

  get interrupted(): boolean {
    return this.#interrupted;
  }

  /** Cancels the present run, whose follower then ends with CANCELLED; no other run starts. */
  async interrupt(): Promise<void> {
    this.#interrupted = true;
    if (this.#present !== null) await this.#cancel(this.#present);
  }

  /** @returns the model that the run published, as name@version */
  async train(title: string, operation: string, input: object, options: FollowOptions = {}): Promise<string> {
    const { model } = await this.#answer(await this.run(title, operation, input, options));
    if (!model) throw new DistilleryError('INTERNAL', `The run of the ${title} published no model.`);
    return model.reference;
  }

  /**
   * @returns the run's id, once it has succeeded
   * @throws RunFailure where it ended otherwise; where it was given up, with the server's own words of the failure, in
   * which it may announce another try
   */
  async run(
    title: string,
    operation: string,
    input: object,
    { patienceMs }: FollowOptions = {},
  ): Promise<string> {
    this.#refuseIfInterrupted();
    const { id } = await this.#client.call<{ id: string }>(operation, { input });
    this.#present = id;
    // Ctrl-C may have come while the run was being started.
    if (this.#interrupted) await this.#cancel(id);
    const view = progressView(title, this.#output);
    let last: ProgressMessage | null = null;
    let reason: string | null = null;
    let trainingHadBegun = false;
    const giveUp = async (because: string | null) => {
      reason ??= because;
      await this.#cancel(id);
    };
    const patience =
      patienceMs === undefined
        ? undefined
        : setTimeout(
            () => void giveUp(`nothing came for ${patienceMs / 1000} s.`).catch(() => undefined),
            patienceMs,
          );
    try {
      for await (const event of this.#client.progress(id)) {
        view.show(event);
        trainingHadBegun ||= event.phase === 'TRAINING';
        if (hasData(event)) clearTimeout(patience);
        const putBack = event.state === 'QUEUED' && last !== null;
        if (putBack && patience && !trainingHadBegun) await giveUp(event.message);
        last = event;
      }
    } finally {
      clearTimeout(patience);
      view.close();
      this.#present = null;
    }
    this.#refuseIfInterrupted();
    if (last?.state === 'SUCCEEDED') return id;
    const { error } = await this.#answer(id);
    throw new RunFailure(
      error?.code ?? 'INTERNAL',
      reason ?? error?.message ?? 'The run failed.',
      trainingHadBegun,
    );
  }

  #answer(id: string): Promise<RunAnswer> {
    return this.#client.call<RunAnswer>('run', { id });
  }

  async #cancel(runId: string): Promise<void> {
    try {
      await this.#client.call('cancelRun', { runId });
    } catch (error) {
      // It may have ended by itself in the meantime.
      if (!(error instanceof ClientError && error.code === 'CONFLICT')) throw error;
    }
  }

  #refuseIfInterrupted(): void {
    if (!this.#interrupted) return;
    throw new DistilleryError('CANCELLED', 'Interrupted; the run was cancelled.');
  }
}

/** Bytes have come, or the run is past the point of needing them. */
function hasData({ phase, step }: ProgressMessage): boolean {
  return phase === 'LOADING_DATA' ? (step ?? 0) > 0 : phase !== 'QUEUED';
}
