/** What every kind of training is given beside its configuration and its dataset. */
import type { Report } from '../progress/progress.ts';
import type { EpochMetrics } from '../evaluation/metrics.ts';
import type { Engine } from '../nn/engine.ts';
import type { ArtefactStore } from '../artefacts/store.ts';
import type { CheckpointNews } from './checkpoint.ts';

/** An epoch has ended. `position` is 0-based over all phases; a resumed run tells the epochs before again. */
export type EpochReport = (epoch: EpochMetrics, position: number) => void;

export interface RunContext {
  engine: Engine;
  threads: number;
  store: ArtefactStore;
  checkpointDirectory: string | null;
  /** Where checkpoints may be downloaded from; by default the Hugging Face hub. */
  hubHosts?: readonly string[];
  /** For the checkpoint and the prepared model folder. */
  runFolder: string;
  /** The longest time of training between two checkpoints. */
  checkpointSeconds: number;
  report: Report;
  onEpoch: EpochReport;
  onCheckpoint: (news: CheckpointNews) => void;
  signal: AbortSignal;
}
