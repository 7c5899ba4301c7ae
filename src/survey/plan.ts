/** From a survey's grids to the runs that answer them: a tree in which equal runs are one, and each knows what it goes on from. */
import { createHash } from 'node:crypto';
import { distillationConfig, studentConfig } from '../training/config.ts';
import type { DistillationConfig, StudentConfig } from '../training/config.ts';
import type { SurveyGrid, SurveySpec, SurveyTargets, SurveyTraining } from './spec.ts';

/** What a student is and learns from; `null` where that means nothing to it. */
export interface Condition {
  /** A network and its size: `gru-64`. */
  architecture: string;
  targets: SurveyTargets;
  temperature: number | null;
  hardLabelWeight: number | null;
  /** Labelled reviews; null: all of them. */
  labelled: number | null;
  /** Extra unlabelled reviews. */
  unlabelled: number | null;
  /** Whether the training reviews beyond the labelled ones are learnt from without their labels. */
  restUnlabelled: boolean;
}

/** A condition with its settings: one model for each seed. */
export interface Cell extends Condition {
  /** Named after what it holds, so that equal cells of different grids are one. */
  id: string;
  training: SurveyTraining;
  /** The cell whose models this one's go on from. */
  parent: string | null;
}

export interface PlannedRun {
  key: string;
  cell: string;
  seed: number;
  /** The run of the same seed in the cell's parent. */
  parent: string | null;
}

/** Where a cell stands in a grid. A point may lie on a cell of another kind: a hard-label weight of 1 is from scratch. */
export interface GridPoint extends Condition {
  cell: string;
}

/** An axis of a grid; `targets` asks what another kind of target changes, the others what another value does. */
export const axes = ['targets', 'temperature', 'hardLabelWeight', 'labelled', 'unlabelled'] as const;
export type Axis = (typeof axes)[number];

/** Does `point` do better than `reference`, which differs from it in `axis` alone? */
export interface PlannedComparison {
  axis: Axis;
  point: GridPoint;
  reference: GridPoint;
}

export interface PlannedGrid {
  name: string;
  question: string;
  points: GridPoint[];
  comparisons: PlannedComparison[];
}

export interface SurveyPlan {
  cells: Cell[];
  /** Parents before children, and one seed after the other. */
  runs: PlannedRun[];
  grids: PlannedGrid[];
}

/** The same specification gives the same plan, and one with more in it the same plan with more in it. */
export function planSurvey(spec: SurveySpec): SurveyPlan {
  const cells = new Map<string, Cell>();
  const grids = spec.grids.map((grid): PlannedGrid => {
    const points = pointsOf(grid, spec.training, cells);
    return { name: grid.name, question: grid.question, points, comparisons: comparisonsOf(grid, points) };
  });
  const runs = [...new Set(spec.seeds)].flatMap((seed) =>
    [...cells.values()].map(({ id, parent }): PlannedRun => ({
      key: keyOf(id, seed),
      cell: id,
      seed,
      parent: parent === null ? null : keyOf(parent, seed),
    })),
  );
  return { cells: [...cells.values()], runs, grids };
}

/**
 * What a planned run is to do.
 * @param teacher name@version
 * @param startFrom name@version of the model that the run's parent made
 */
export function configOf(
  spec: SurveySpec,
  { architecture, targets, training, ...cell }: Cell,
  { key, seed }: PlannedRun,
  teacher: string,
  startFrom: string | null,
): StudentConfig | DistillationConfig {
  const shared = {
    ...training,
    name: `${spec.name}-${architecture}-${targets}-${key.slice(0, 8)}`,
    dataset: spec.dataset,
    architecture,
    trainReviews: cell.labelled,
    seed,
    threads: spec.threads,
  };
  if (targets !== 'soft') return studentConfig.parse({ ...shared, kind: 'student', startFrom });
  return distillationConfig.parse({
    ...shared,
    kind: 'distillation',
    teacher,
    temperature: cell.temperature,
    hardLabelWeight: cell.hardLabelWeight,
    unlabelledReviews: cell.unlabelled,
    restUnlabelled: cell.restUnlabelled,
  });
}

function pointsOf(grid: SurveyGrid, shared: SurveyTraining, cells: Map<string, Cell>): GridPoint[] {
  const points = new Map<string, GridPoint>();
  for (const { network, sizes, training } of grid.students)
    for (const size of sizes)
      for (const amount of grid.labelled)
        for (const targets of grid.targets)
          for (const temperature of grid.temperatures)
            for (const hardLabelWeight of grid.hardLabelWeights)
              for (const unlabelled of grid.unlabelled) {
                const condition = sensible({
                  architecture: `${network}-${size}`,
                  targets,
                  temperature,
                  hardLabelWeight,
                  labelled: amount.reviews,
                  unlabelled,
                  restUnlabelled: grid.restUnlabelled && amount.reviews !== null,
                });
                const settings = { ...shared, ...grid.training, ...training };
                const cell = addCell(cells, condition, settings, amount.epochs);
                points.set(JSON.stringify(condition), { ...condition, cell });
              }
  return [...points.values()];
}

/** Training from scratch has no teacher, so what is said about soft targets means nothing to it. */
function sensible(condition: Condition): Condition {
  if (condition.targets !== 'scratch') return condition;
  return { ...condition, temperature: null, hardLabelWeight: null, unlabelled: null, restUnlabelled: false };
}

/** @returns its id */
function addCell(
  cells: Map<string, Cell>,
  condition: Condition,
  settings: SurveyTraining,
  labelledEpochs: number | null,
): string {
  const { hardLabelWeight, unlabelled, restUnlabelled } = condition;
  const labelsAlone = !unlabelled && !restUnlabelled;
  // Soft targets of no weight: the same loss on the same reviews
  if (condition.targets === 'soft' && hardLabelWeight === 1 && labelsAlone) {
    return addCell(cells, sensible({ ...condition, targets: 'scratch' }), settings, labelledEpochs);
  }
  const parent =
    condition.targets === 'soft-then-hard'
      ? addCell(cells, { ...condition, targets: 'soft' }, settings, labelledEpochs)
      : null;
  const ownEpochs = labelsAlone || condition.targets !== 'soft' ? labelledEpochs : null;
  const training = { ...settings, ...(ownEpochs === null ? {} : { epochs: ownEpochs }) };
  const id = hashOf({ ...condition, training: Object.entries(training).sort(), parent });
  if (!cells.has(id)) cells.set(id, { ...condition, id, training, parent });
  return id;
}

/** Each point against its likes with other targets, and along each axis against the one with the axis's first value. */
function comparisonsOf(grid: SurveyGrid, points: readonly GridPoint[]): PlannedComparison[] {
  const find = (wanted: Condition): GridPoint | undefined =>
    points.find((point) => sameCondition(point, sensible(wanted)));
  const references = (point: GridPoint): [Axis, GridPoint | undefined][] => {
    const targets = { scratch: null, soft: 'scratch', 'soft-then-hard': 'soft' } as const;
    const before = targets[point.targets];
    return [
      ['targets', before === null ? undefined : find({ ...point, targets: before })],
      ['temperature', find({ ...point, temperature: grid.temperatures[0]! })],
      ['hardLabelWeight', find({ ...point, hardLabelWeight: grid.hardLabelWeights[0]! })],
      ['unlabelled', find({ ...point, unlabelled: grid.unlabelled[0]! })],
      [
        'labelled',
        find({
          ...point,
          labelled: grid.labelled[0]!.reviews,
          restUnlabelled:
            grid.restUnlabelled && grid.labelled[0]!.reviews !== null && point.targets !== 'scratch',
        }),
      ],
    ];
  };
  return points.flatMap((point) =>
    references(point).flatMap(([axis, reference]) =>
      reference && reference.cell !== point.cell ? [{ axis, point, reference }] : [],
    ),
  );
}

function sameCondition(a: Condition, b: Condition): boolean {
  return (
    a.architecture === b.architecture &&
    a.targets === b.targets &&
    a.temperature === b.temperature &&
    a.hardLabelWeight === b.hardLabelWeight &&
    a.labelled === b.labelled &&
    a.unlabelled === b.unlabelled &&
    a.restUnlabelled === b.restUnlabelled
  );
}

const keyOf = (cell: string, seed: number): string => hashOf({ cell, seed });

function hashOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 12);
}
