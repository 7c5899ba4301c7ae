/** A survey's statistics, on a few reviews whose figures are worked out by hand. */
import { describe, expect, it } from '@jest/globals';
import type { LabelledReview } from '../../src/evaluation/labelledReviews.ts';
import type { Cell, GridPoint, PlannedComparison } from '../../src/survey/plan.ts';
import type { RunResult, SeedPair } from '../../src/survey/report.ts';
import {
  cellResults,
  compareRuns,
  dividedReviews,
  judge,
  publishedResults,
  type LoneComparison,
  type RunAnswers,
} from '../../src/survey/statistics.ts';
import { planOf, students } from './fabricated.ts';

const condition = {
  architecture: 'gru-8',
  targets: 'soft',
  temperature: 2,
  hardLabelWeight: 0,
  labelled: null,
  unlabelled: 0,
  restUnlabelled: false,
} as const;
const point: GridPoint = { ...condition, cell: 'soft' };
const reference: GridPoint = { ...condition, targets: 'scratch', cell: 'scratch' };
const planned: PlannedComparison = { axis: 'targets', point, reference };

describe('cellResults', () => {
  const cellOf = (id: string): Cell => ({ id, ...condition, training: { epochs: 2 }, parent: null });

  function runOf(cell: string, seed: number, accuracy: number): RunResult {
    return {
      key: `${cell}-${seed}`,
      runId: '',
      model: '',
      architecture: 'gru-8',
      method: 'distilled',
      parameters: 1,
      fileBytes: 1,
      sha256: '',
      metrics: {
        reviews: 100,
        accuracy,
        precision: 0.5,
        recall: 0.25,
        f1: 0.75,
        calibrationError: accuracy / 10,
      },
      latency: { samples: 0, p50Ms: null, p90Ms: null, p95Ms: null, p99Ms: null, meanMs: 0 },
      teacher: { agreement: accuracy + 0.1, onlyTeacherRight: 0, onlyModelRight: 0 },
      cell,
      seed,
      parent: null,
      epochs: [],
      seconds: 1,
    };
  }

  it('averages over seeds, with Student’s t interval', () => {
    const runs = [runOf('a', 1, 0.8), runOf('b', 1, 0.5), runOf('a', 2, 0.82), runOf('a', 3, 0.84)];
    const [first, second, ...rest] = cellResults(['a', 'b', 'c'].map(cellOf), runs);
    expect(rest).toEqual([]);
    expect(first).toMatchObject({ id: 'a', ...condition, seeds: [1, 2, 3], runs: ['a-1', 'a-2', 'a-3'] });
    expect(first).not.toHaveProperty('training');
    expect(first!.accuracy.mean).toBeCloseTo(0.82, 12);
    // deviation 0.02, so ± 4.3027 · 0.02 / √3
    expect(first!.accuracy.interval!.high - 0.82).toBeCloseTo((4.3027 * 0.02) / Math.sqrt(3), 6);
    expect(first!.precision).toEqual({ mean: 0.5, interval: { low: 0.5, high: 0.5 } });
    expect(first!.recall.mean).toBe(0.25);
    expect(first!.f1.mean).toBe(0.75);
    expect(first!.calibrationError.mean).toBeCloseTo(0.082, 12);
    expect(first!.agreement.mean).toBeCloseTo(0.92, 12);
    expect(second).toMatchObject({ id: 'b', seeds: [1], accuracy: { mean: 0.5, interval: null } });
  });
});

describe('compareRuns', () => {
  const run = (cell: string, seed: number, ...right: number[]): RunAnswers => ({
    key: `${cell}-${seed}`,
    cell,
    seed,
    right: Uint8Array.from(right),
  });
  const runs = [
    run('soft', 1, 1, 1, 1, 1, 1, 1, 0, 0),
    run('scratch', 1, 0, 0, 0, 0, 1, 1, 1, 0),
    run('soft', 2, 1, 1, 1, 1, 1, 0, 0, 0),
    run('scratch', 2, 0, 0, 0, 0, 0, 0, 0, 0),
    run('soft', 3, 0, 0, 0, 0, 0, 0, 0, 0),
  ];

  it('pairs runs of the same seed', () => {
    const { pairs, difference, pValue } = compareRuns(planned, runs)!;
    expect(pairs.map(({ seed, run, reference }) => [seed, run, reference])).toEqual([
      [1, 'soft-1', 'scratch-1'],
      [2, 'soft-2', 'scratch-2'],
    ]);
    expect(pairs.map(({ onlyPoint, onlyReference }) => [onlyPoint, onlyReference])).toEqual([
      [4, 1],
      [5, 0],
    ]);
    expect(pairs.map((pair) => pair.difference)).toEqual([3 / 8, 5 / 8]);
    expect(difference.mean).toBe(0.5);
    // deviation of 3/8 and 5/8 is √2 / 8, so ± 12.7062 / 8
    expect(difference.interval!.high).toBeCloseTo(0.5 + 12.7062 / 8, 6);
    // 4 to 1: 2 · (1 + 5) / 32; 5 to none: 2 / 32
    expect(pairs[0]!.pValue).toBeCloseTo(12 / 32, 12);
    expect(pairs[1]!.pValue).toBeCloseTo(2 / 32, 12);
    expect(pValue).toBe(pairs[0]!.pValue);
  });

  it('draws reviews, not models, for the interval over reviews', () => {
    // Both seeds differ on the same half of the reviews, always by one
    const same = [
      run('soft', 1, 1, 1, 0, 0),
      run('scratch', 1, 0, 0, 0, 0),
      run('soft', 2, 1, 1, 1, 1),
      run('scratch', 2, 0, 0, 1, 1),
    ];
    const { overReviews, difference } = compareRuns(planned, same)!;
    expect(difference.mean).toBe(0.5);
    // Of 4 draws with chance 1/2 all or none are 6 in 100
    expect(overReviews).toEqual({ low: 0, high: 1 });
    const always = [run('soft', 1, 1, 1), run('scratch', 1, 0, 0)];
    expect(compareRuns(planned, always)!.overReviews).toEqual({ low: 1, high: 1 });
  });

  it('has an interval over seeds for two of them', () => {
    expect(compareRuns(planned, runs.slice(0, 2))!.difference).toEqual({ mean: 3 / 8, interval: null });
  });

  it('is nothing where no seed has both', () => {
    expect(compareRuns(planned, [runs[0]!, runs[3]!, runs[4]!])).toBeNull();
    expect(compareRuns(planned, [])).toBeNull();
  });
});

describe('judge', () => {
  const pairOf = (difference: number): SeedPair => ({
    seed: 1,
    run: '',
    reference: '',
    difference,
    pValue: 0,
    onlyPoint: 0,
    onlyReference: 0,
  });

  function lone(pValue: number, changes: Partial<LoneComparison> = {}): LoneComparison {
    return {
      ...planned,
      difference: { mean: 0.02, interval: null },
      overReviews: { low: 0.01, high: 0.03 },
      pValue,
      pairs: [pairOf(0.01), pairOf(0.03)],
      ...changes,
    };
  }
  const verdictOf = (comparison: LoneComparison) => judge([comparison])[0]!.verdict;

  it('corrects p values along each axis by itself', () => {
    const judged = judge([
      lone(0.01),
      lone(0.04, { axis: 'temperature' }),
      lone(0.02),
      lone(0.03),
      lone(0.04, { axis: 'temperature' }),
    ]);
    const expected = [0.03, 0.08, 0.04, 0.04, 0.08];
    for (const [i, { pValue }] of judged.entries()) expect(pValue).toBeCloseTo(expected[i]!, 12);
    expect(judged.map(({ axis }) => axis)).toEqual([
      'targets',
      'temperature',
      'targets',
      'targets',
      'temperature',
    ]);
    expect(judged.map(({ verdict }) => verdict)).toEqual([
      'better',
      'undecided',
      'better',
      'better',
      'undecided',
    ]);
  });

  it('decides where p value, interval and every seed say the same', () => {
    const below = { overReviews: { low: -0.03, high: -0.01 }, pairs: [pairOf(-0.01), pairOf(-0.03)] };
    expect(verdictOf(lone(0.049))).toBe('better');
    expect(verdictOf(lone(0.049, below))).toBe('worse');
    expect(verdictOf(lone(0.05))).toBe('undecided');
    expect(verdictOf(lone(0.05, below))).toBe('undecided');
  });

  it('leaves undecided where the interval holds zero', () => {
    expect(verdictOf(lone(0.01, { overReviews: { low: 0, high: 0.03 } }))).toBe('undecided');
    expect(verdictOf(lone(0.01, { overReviews: { low: -0.03, high: 0 }, pairs: [pairOf(-0.01)] }))).toBe(
      'undecided',
    );
  });

  it('leaves undecided where a seed says otherwise', () => {
    expect(verdictOf(lone(0.01, { pairs: [pairOf(0.03), pairOf(-0.001)] }))).toBe('undecided');
    expect(verdictOf(lone(0.01, { pairs: [pairOf(0.03), pairOf(0)] }))).toBe('undecided');
  });
});

describe('publishedResults', () => {
  it('stand beside the point that has the first value of every other axis', () => {
    const { grid, planned: plan } = planOf({
      students: students('gru-16', 'gru-64'),
      targets: ['scratch', 'soft'],
      temperatures: [2, 4],
      labelled: [{ reviews: 500 }, { reviews: null }],
      restUnlabelled: true,
      published: [
        { architecture: 'gru-16', targets: 'soft', accuracy: 0.85 },
        { architecture: 'gru-16', targets: 'scratch', accuracy: 0.8, precision: 0.7, recall: 0.9 },
        { architecture: 'gru-64', targets: 'soft', accuracy: 0.86 },
        { architecture: 'cnn-64', targets: 'soft', accuracy: 0.87 },
      ],
    });
    const cellAt = (architecture: string, targets: string, temperature: number | null) =>
      plan.points.find(
        (one) =>
          one.architecture === architecture &&
          one.targets === targets &&
          one.temperature === temperature &&
          one.labelled === 500,
      )!.cell;
    const measured = [cellAt('gru-16', 'soft', 2), cellAt('gru-16', 'scratch', null)];
    const zero = { mean: 0, interval: null };
    const figures = {
      accuracy: zero,
      precision: zero,
      recall: zero,
      f1: zero,
      calibrationError: zero,
      agreement: zero,
    };
    const cells = measured.map((id) => ({ id, ...condition, seeds: [1], runs: [''], ...figures }));
    const results = publishedResults(grid, plan.points, cells);
    expect(results.map(({ cell }) => cell)).toEqual([...measured, null, null]);
    expect(results[1]).toMatchObject({ accuracy: 0.8, precision: 0.7, recall: 0.9 });
  });
});

describe('dividedReviews', () => {
  const reviewsOf = (...ids: string[]): LabelledReview[] => ids.map((id) => ({ id, text: '', label: 1 }));

  it('sorts reviews by the students against the teacher, then by id', () => {
    const teacher = Float32Array.of(0, 1, 0, 0, 2, 0, 0, 3);
    const answers = [Uint8Array.of(0, 1, 0, 1), Uint8Array.of(0, 1, 1, 1), Uint8Array.of(0, 0, 0, 1)];
    const divided = dividedReviews(reviewsOf('d', 'c', 'b', 'a'), teacher, answers);
    expect(
      divided.map(({ id, teacherClass, studentsAgainst }) => [id, teacherClass, studentsAgainst]),
    ).toEqual([
      ['d', 1, 3],
      ['c', 0, 2],
      ['b', 0, 1],
    ]);
    expect(divided[0]!.teacherPositive).toBeCloseTo(Math.E / (1 + Math.E), 12);
    expect(divided[1]!.teacherPositive).toBe(0.5);
    expect(divided[0]!.label).toBe(1);
  });

  it('has at most 100, ties in the order of their ids', () => {
    const ids = Array.from({ length: 150 }, (_, i) => `review-${String(149 - i).padStart(3, '0')}`);
    const divided = dividedReviews(reviewsOf(...ids), new Float32Array(300), [new Uint8Array(150).fill(1)]);
    expect(divided).toHaveLength(100);
    expect(divided.map(({ id }) => id)).toEqual(ids.toSorted().slice(0, 100));
  });
});
