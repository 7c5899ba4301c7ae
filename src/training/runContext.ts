/** What every kind of training is given beside its configuration and its dataset. */
import type { Report } from '../progress/progress.ts';
import type { Engine } from '../nn/engine.ts';

export interface RunContext {
  engine: Engine;
  threads: number;
  dataDirectory: string;
  checkpointDirectory: string | null;
  /** For the checkpoint and the prepared model folder. */
  runFolder: string;
  report: Report;
  signal: AbortSignal;
}
