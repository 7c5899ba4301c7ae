/** A version that an alias tries beside its own: which texts it is given, and what came of them in this process. */
import { DistilleryError, type ErrorCode } from '../errors.ts';
import type { Candidate, ModelVersion } from '../models/registry.ts';
import type { Prediction } from './serving.ts';

export interface Trial extends Omit<Candidate, 'version'> {
  readonly alias: string;
  /** The alias's own version. */
  readonly stable: ModelVersion;
  readonly candidate: ModelVersion;
  /** Since the trial began or this process first met it; goes on counting. */
  readonly statistics: TrialStatistics;
}

export interface VersionStatistics {
  answered: number;
  /** With a fault of the model; texts that were refused, dropped or given up are not counted. */
  failed: number;
  /** Over the answered texts. */
  latencySumMs: number;
}

export interface TrialStatistics {
  readonly stable: VersionStatistics;
  readonly candidate: VersionStatistics;
  /** Texts that a shadow was not given, since too many wait for it or no worker was free in time. */
  skipped: number;
  /** Of the texts that a shadow answered, those to which both gave the same label. */
  agreed: number;
  /** Over the texts that a shadow answered, of the absolute differences of the two probabilities of a positive review. */
  differenceSum: number;
}

export function emptyStatistics(): TrialStatistics {
  const none = (): VersionStatistics => ({ answered: 0, failed: 0, latencySumMs: 0 });
  return { stable: none(), candidate: none(), skipped: 0, agreed: 0, differenceSum: 0 };
}

/** Whether the candidate is given the text: the same texts on every server, and for as long as the share stays. */
export const isGiven = ({ alias, share }: Pick<Trial, 'alias' | 'share'>, text: string): boolean =>
  share === 1 || placeOf(alias, text) < share;

export function countAnswer(counts: VersionStatistics, { latencyMs }: Prediction): void {
  counts.answered++;
  counts.latencySumMs += latencyMs;
}

/** Load and clients: no word on the model. */
const notTheModels: readonly ErrorCode[] = [
  'BAD_USER_INPUT',
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'CANCELLED',
];

export const isFaultOfModel = (error: unknown): boolean =>
  !(error instanceof DistilleryError && notTheModels.includes(error.code));

/**
 * Where a text lies among all texts: FNV-1a over UTF-16 units (Fowler, Noll and Vo), then the finaliser of MurmurHash3
 * (Appleby), since the last characters alone hardly reach the high bits of FNV.
 * @returns 0 to below 1, evenly spread; for each alias another place
 */
export function placeOf(alias: string, text: string): number {
  let hash = fnv(fnv(0x811c9dc5, alias) ^ 0xff, text);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

function fnv(start: number, text: string): number {
  let hash = start;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
