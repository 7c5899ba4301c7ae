/** How conditions and the axes they differ along are told to a reader. */
import { axes } from '../plan.ts';
import type { Axis, Condition } from '../plan.ts';
import type { SurveyTargets } from '../spec.ts';
import { whole } from './formats.ts';

/** An axis of numbers. */
export type NumericAxis = Exclude<Axis, 'targets'>;

export const targetNames: Readonly<Record<SurveyTargets, string>> = {
  scratch: 'from scratch',
  soft: 'soft targets',
  'soft-then-hard': 'soft then labels',
};

/** What is compared along each axis. */
export const axisNames: Readonly<Record<Axis, string>> = {
  targets: 'targets',
  temperature: 'temperatures',
  hardLabelWeight: 'weights of the labels',
  labelled: 'numbers of labelled reviews',
  unlabelled: 'numbers of unlabelled reviews',
};

/** null where the axis means nothing to the condition; all labelled reviews are as many as there are. */
export function numberOn(axis: NumericAxis, condition: Condition, trainReviews: number): number | null {
  return axis === 'labelled' ? (condition.labelled ?? trainReviews) : condition[axis];
}

/** The axes along which the points differ, in the order of the plan. */
export function variedAxes(points: readonly Condition[]): Axis[] {
  return axes.filter((axis) => {
    // What means nothing to a point is no value of the axis; of labelled reviews, null means all
    const values = points
      .map((point) => point[axis])
      .filter((value) => axis === 'labelled' || value !== null);
    return new Set(values).size > 1;
  });
}

export const isNumeric = (axis: Axis): axis is NumericAxis => axis !== 'targets';

/** The value on an axis with its unit; null where it means nothing to the condition. */
export function valueOn(axis: Axis, condition: Condition, trainReviews: number): string | null {
  if (axis === 'targets') return targetNames[condition.targets];
  if (axis === 'labelled')
    return condition.labelled === null ? 'all labelled' : `${whole(condition.labelled)} labelled`;
  if (axis === 'unlabelled') {
    const reviews = unlabelledReviews(condition, trainReviews);
    return reviews === null ? null : `${whole(reviews)} unlabelled`;
  }
  const value = condition[axis];
  if (value === null) return null;
  return axis === 'temperature' ? `T = ${value}` : `label weight ${value}`;
}

/** Without their labels a student sees the extra ones, and the training reviews beyond the labelled ones if it is told to. */
export function unlabelledReviews(condition: Condition, trainReviews: number): number | null {
  const { labelled, unlabelled, restUnlabelled } = condition;
  if (unlabelled === null || !restUnlabelled || labelled === null) return unlabelled;
  return unlabelled + Math.max(0, trainReviews - labelled);
}

/** `gru-64, soft targets, T = 2`: the architecture and the values on these axes that mean anything to it. */
export function labelOf(condition: Condition, shown: readonly Axis[], trainReviews: number): string {
  const values = shown.flatMap((axis) => valueOn(axis, condition, trainReviews) ?? []);
  return [condition.architecture, ...values].join(', ');
}

/** The values on all axes. */
export const fullLabelOf = (condition: Condition, trainReviews: number): string =>
  labelOf(condition, axes, trainReviews);
