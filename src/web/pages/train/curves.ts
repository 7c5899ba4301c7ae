/** Learning curves of a run, made of its events and its epochs. */
import type { RunEvent } from '../../api/useRunProgress.ts';
import type { RunEpochFragment } from '../../api/operations.ts';

export interface Curves {
  /**
   * Step over all phases, and the mean loss up to it since the point before. Null where another phase begins: its
   * losses are of other targets, so that no line leads from one to the other. An epoch that was too short for a loss
   * of its own has its mean.
   */
  readonly loss: readonly (readonly [step: number, loss: number | null])[];
  readonly epochs: readonly EpochPoint[];
}

export interface EpochPoint {
  /** 1-based over all phases. */
  readonly number: number;
  readonly phase: RunEvent['phase'];
  /** 1-based within the phase. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number | null;
  readonly f1: number | null;
}

/** In the order in which a run goes through them. */
const trainingPhases: readonly RunEvent['phase'][] = ['TRAINING', 'HARD_LABEL_TRAINING'];

export function curvesOf(events: readonly RunEvent[], stored: readonly RunEpochFragment[]): Curves {
  return { loss: lossCurve(events), epochs: epochPoints(events, stored) };
}

function lossCurve(events: readonly RunEvent[]): [number, number | null][] {
  const points: [number, number | null][] = [];
  let offset = 0;
  let phase: RunEvent['phase'] | null = null;
  let total = 0;
  /** Epochs with a loss. */
  const told = new Set<string>();
  for (const event of events) {
    if (!trainingPhases.includes(event.phase) || event.loss === null || event.step === null) continue;
    const epoch = `${event.phase} ${event.epoch}`;
    // The event that ends an epoch repeats its mean loss.
    if (event.validationAccuracy !== null && told.has(epoch)) continue;
    told.add(epoch);
    const begins = event.phase !== phase;
    if (begins) {
      // A run that was begun anew is in its first phase again.
      offset = event.phase === 'TRAINING' ? 0 : total;
      phase = event.phase;
    }
    if (event.phase === 'TRAINING') total = event.total ?? total;
    const step = offset + event.step;
    // A resumed run goes on from its checkpoint, and does the steps after it once more.
    while (points.length > 0 && points.at(-1)![0] >= step) points.pop();
    if (begins && points.length > 0) points.push([offset, null]);
    points.push([step, event.loss]);
  }
  return points;
}

function epochPoints(events: readonly RunEvent[], stored: readonly RunEpochFragment[]): EpochPoint[] {
  const points = new Map<string, Omit<EpochPoint, 'number'>>();
  for (const { phase, epoch, loss, validationAccuracy } of events) {
    if (epoch === null || loss === null || validationAccuracy === null) continue;
    points.set(`${phase} ${epoch}`, { phase, epoch, loss, accuracy: validationAccuracy, f1: null });
  }
  for (const { phase, epoch, loss, validation } of stored) {
    const { accuracy = null, f1 = null } = validation ?? {};
    points.set(`${phase} ${epoch}`, { phase, epoch, loss, accuracy, f1 });
  }
  return [...points.values()]
    .sort((a, b) => trainingPhases.indexOf(a.phase) - trainingPhases.indexOf(b.phase) || a.epoch - b.epoch)
    .map((point, index) => ({ ...point, number: index + 1 }));
}
