/** A survey report of invented numbers, as plausible as they need be: the same specification gives the same report. */
import { createHash } from 'node:crypto';
import { holm } from '../../src/evaluation/comparison.ts';
import { meanInterval } from '../../src/evaluation/intervals.ts';
import { Random } from '../../src/nn/random.ts';
import { planSurvey } from '../../src/survey/plan.ts';
import type { Cell, PlannedComparison, PlannedRun } from '../../src/survey/plan.ts';
import type {
  CellResult,
  ComparisonResult,
  GridResult,
  MeanOverSeeds,
  ModelResult,
  RunResult,
  SeedPair,
  SurveyReport,
} from '../../src/survey/report.ts';
import { surveySpec } from '../../src/survey/spec.ts';
import type { SurveySpec } from '../../src/survey/spec.ts';

const [trainReviews, testReviews] = [22_391, 24_999];
const published = (
  [
    ['gru-16', 0.73, 0.75],
    ['gru-32', 0.73, 0.8],
    ['gru-64', 0.78, 0.82],
    ['gru-128', 0.8, 0.83],
    ['cnn-64', 0.77, 0.81],
    ['cnn-128', 0.8, 0.82],
  ] as const
).flatMap(([architecture, scratch, soft]) => [
  { architecture, targets: 'scratch' as const, accuracy: scratch, precision: scratch + 0.01, recall: null },
  { architecture, targets: 'soft' as const, accuracy: soft, precision: soft + 0.01, recall: soft - 0.02 },
]);
const two = [
  { network: 'gru' as const, sizes: [64] },
  { network: 'cnn' as const, sizes: [128] },
];

/** Every kind of grid, the first with published figures. */
export const exampleSpec: SurveySpec = surveySpec.parse({
  name: 'imdb.survey',
  title: 'What a small student learns from a large teacher',
  dataset: 'imdb',
  teacher: 'imdb-teacher-int8@1',
  beside: ['imdb-nb-svm@1'],
  training: { epochs: 4 },
  grids: [
    {
      name: 'targets',
      question: "Does a student learn more from the teacher's soft targets than from labels alone?",
      students: [
        { network: 'gru', sizes: [16, 32, 64, 128, 256] },
        { network: 'cnn', sizes: [64, 128, 256] },
      ],
      targets: ['scratch', 'soft', 'soft-then-hard'],
      published,
    },
    {
      name: 'temperatures',
      question: 'Which temperature serves the students best?',
      students: two,
      temperatures: [2, 1, 4, 8, 16],
    },
    {
      name: 'weights',
      question: 'Is it better to mix the labels into the loss?',
      students: two,
      targets: ['soft'],
      hardLabelWeights: [0, 0.25, 0.5, 0.75, 1],
    },
    {
      name: 'labelled',
      question: 'What are labels worth where the teacher reads the rest of the reviews?',
      students: two,
      labelled: [
        { reviews: null },
        { reviews: 100, epochs: 20 },
        { reviews: 500, epochs: 12 },
        { reviews: 2000, epochs: 8 },
        { reviews: 10_000 },
      ],
      restUnlabelled: true,
    },
    {
      name: 'unlabelled',
      question: 'How far do unlabelled reviews carry?',
      students: [...two, { network: 'bigru', sizes: [64] }, { network: 'textcnn', sizes: [64] }],
      targets: ['soft'],
      unlabelled: [0, 5000, 12_500, 25_000, 50_000],
    },
  ],
});

/** @param fails runs that come to nothing, of all that the specification plans */
export function exampleReport(
  spec: SurveySpec = exampleSpec,
  fails: (run: PlannedRun) => boolean = () => false,
): SurveyReport {
  const plan = planSurvey(spec);
  const planned = new Map(plan.cells.map((cell) => [cell.id, cell]));
  const runs = plan.runs.filter((run) => !fails(run)).map((run) => runOf(run, planned.get(run.cell)!, spec));
  const runOfKey = new Map(runs.map((run) => [run.key, run]));
  const runsOf = (cell: string) => runs.filter((run) => run.cell === cell);
  const cells = plan.cells
    .filter(({ id }) => runsOf(id).length > 0)
    .map((cell) => cellOf(cell, runsOf(cell.id)));
  const grids = plan.grids.map((grid, place): GridResult => {
    const comparisons = grid.comparisons.flatMap(
      (comparison) => comparisonOf(comparison, runsOf, grid.comparisons.length) ?? [],
    );
    const better = comparisons.filter(({ verdict }) => verdict === 'better').length;
    return {
      name: grid.name,
      question: grid.question,
      answer: `The point is better than its reference in ${better} of ${comparisons.length} comparisons. The largest difference is ${Math.max(0, ...comparisons.map(({ difference }) => 100 * difference.mean)).toFixed(2)} points.`,
      points: grid.points,
      comparisons,
      published: spec.grids[place]!.published.map((figure) => ({
        ...figure,
        cell:
          grid.points.find(
            ({ architecture, targets }) => architecture === figure.architecture && targets === figure.targets,
          )?.cell ?? null,
      })),
    };
  });
  return {
    spec,
    dataset: {
      name: spec.dataset,
      fingerprint: hash('dataset'),
      trainReviews,
      validationReviews: 2488,
      testReviews,
      unlabelledReviews: 50_000,
    },
    machine: 'AMD EPYC, 2 cores, linux x64, Node 20.20.2, onnxruntime-node 1.30.0',
    threads: 1,
    createdAt: '2026-11-25T10:20:30.000Z',
    teacher: { ...modelOf(spec.teacher, 'bert-6x384', 'teacher', 0.9334, 14.1), teacher: agreementOf(1) },
    beside: spec.beside.map((model) => modelOf(model, 'nb-svm', 'baseline', 0.9096, 0.21)),
    runs,
    cells,
    grids,
    missing: plan.runs
      .filter(({ key }) => !runOfKey.has(key))
      .map(({ key, cell, seed }) => ({ key, cell, seed, reason: 'The worker was out of memory.' })),
    divided: Array.from({ length: 40 }, (_, i) => ({
      id: `test/${hash(`review ${i}`).slice(0, 8)}`,
      label: i % 2 === 0 ? 1 : 0,
      teacherClass: i % 3 === 0 ? 1 : 0,
      teacherPositive: i % 3 === 0 ? 0.51 + i / 100 : 0.45 - i / 100,
      studentsAgainst: runs.length - i,
    })),
  };
}

function runOf({ key, cell, seed, parent }: PlannedRun, condition: Cell, spec: SurveySpec): RunResult {
  const random = new Random(seed, Number.parseInt(cell.slice(0, 7), 16));
  const accuracy = expected(condition, random) + 0.003 * random.normal();
  const { architecture, targets, training } = condition;
  const size = Number(architecture.split('-')[1]);
  const epochs = training.epochs ?? 3;
  return {
    ...modelOf(
      `${spec.name}-${architecture}-${targets}-${key.slice(0, 8)}@1`,
      architecture,
      targets === 'scratch' ? 'scratch' : 'distilled',
      accuracy,
      (0.1 + size / 250) * (architecture.startsWith('bi') ? 1.8 : 1) * (1 + 0.05 * random.uniform()),
    ),
    key,
    runId: hash(key).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5'),
    cell,
    seed,
    parent,
    epochs: Array.from({ length: epochs }, (_, i) => ({
      phase: 'training',
      epoch: i + 1,
      loss: 0.7 * 0.7 ** i,
      validationAccuracy:
        accuracy - (targets === 'soft-then-hard' ? 0.01 : 0.08) * 0.4 ** i + 0.004 * random.normal(),
    })),
    seconds: 60 + size + 20 * random.uniform(),
  };
}

/** Larger networks, soft targets, more reviews and a middling temperature do better. */
function expected({ architecture, targets, ...condition }: Cell, random: Random): number {
  const size = Math.log2(Number(architecture.split('-')[1]));
  const base = architecture.startsWith('cnn') ? 0.74 + 0.012 * size : 0.82 + 0.006 * size;
  if (targets === 'scratch')
    return base - 0.05 * Math.log10(trainReviews / (condition.labelled ?? trainReviews));
  const temperature = -0.003 * (Math.log2(condition.temperature ?? 2) - 2) ** 2;
  const unlabelled = 0.003 * Math.log2(1 + (condition.unlabelled ?? 0) / 5000);
  const weight = -0.02 * (condition.hardLabelWeight ?? 0);
  const again = targets === 'soft-then-hard' ? -0.004 + 0.002 * random.normal() : 0;
  return base + 0.045 - (size - 4) * 0.003 + temperature + unlabelled + weight + again;
}

function modelOf(
  model: string,
  architecture: string,
  method: ModelResult['method'],
  accuracy: number,
  p50Ms: number,
): ModelResult {
  const spread = Math.sqrt((accuracy * (1 - accuracy)) / testReviews);
  return {
    model,
    architecture,
    method,
    parameters: Math.round(1.28e6 + 900 * p50Ms),
    fileBytes: Math.round(1.37e6 + 950 * p50Ms),
    sha256: hash(model),
    metrics: {
      reviews: testReviews,
      accuracy,
      accuracyInterval: { low: accuracy - 2 * spread, high: accuracy + 2 * spread },
      precision: accuracy + 0.004,
      recall: accuracy - 0.006,
      f1: accuracy - 0.001,
      calibrationError: method === 'scratch' ? 0.16 - 0.12 * accuracy : 0.1 - 0.09 * accuracy,
    },
    latency: {
      samples: 200,
      p50Ms,
      p90Ms: null,
      p95Ms: 2.1 * p50Ms,
      p99Ms: 2.9 * p50Ms,
      meanMs: 1.2 * p50Ms,
    },
    teacher: agreementOf(accuracy + 0.015),
  };
}

const agreementOf = (agreement: number): ModelResult['teacher'] => ({
  agreement,
  onlyTeacherRight: Math.round(0.8 * (1 - agreement) * testReviews),
  onlyModelRight: Math.round(0.2 * (1 - agreement) * testReviews),
});

function cellOf({ id, ...condition }: Cell, runs: readonly RunResult[]): CellResult {
  const { architecture, targets, temperature, hardLabelWeight, labelled, unlabelled, restUnlabelled } =
    condition;
  const over = (value: (run: RunResult) => number) => meanOverSeeds(runs.map(value));
  return {
    id,
    ...{ architecture, targets, temperature, hardLabelWeight, labelled, unlabelled, restUnlabelled },
    seeds: runs.map(({ seed }) => seed),
    runs: runs.map(({ key }) => key),
    accuracy: over(({ metrics }) => metrics.accuracy),
    precision: over(({ metrics }) => metrics.precision),
    recall: over(({ metrics }) => metrics.recall),
    f1: over(({ metrics }) => metrics.f1),
    calibrationError: over(({ metrics }) => metrics.calibrationError),
    agreement: over(({ teacher }) => teacher.agreement),
  };
}

/** null where no seed has both runs */
function comparisonOf(
  { axis, point, reference }: PlannedComparison,
  runsOf: (cell: string) => readonly RunResult[],
  comparisons: number,
): ComparisonResult | null {
  const pairs = runsOf(point.cell).flatMap((run): SeedPair[] => {
    const other = runsOf(reference.cell).find(({ seed }) => seed === run.seed);
    if (!other) return [];
    const difference = run.metrics.accuracy - other.metrics.accuracy;
    const z = Math.abs(difference) / 0.0022;
    return [
      {
        seed: run.seed,
        run: run.key,
        reference: other.key,
        difference,
        pValue: Math.exp((-z * z) / 2),
        onlyPoint: Math.round((0.04 + difference / 2) * testReviews),
        onlyReference: Math.round((0.04 - difference / 2) * testReviews),
      },
    ];
  });
  if (pairs.length === 0) return null;
  const difference = meanOverSeeds(pairs.map((pair) => pair.difference));
  const overReviews = { low: difference.mean - 0.0031, high: difference.mean + 0.0033 };
  const largest = Math.max(...pairs.map(({ pValue }) => pValue));
  const pValue = holm([largest, ...Array<number>(comparisons - 1).fill(1)])[0]!;
  const sure = pValue < 0.05 && overReviews.low * overReviews.high > 0;
  const verdict = !sure ? 'undecided' : difference.mean > 0 ? 'better' : 'worse';
  return { axis, point, reference, difference, overReviews, pValue, verdict, pairs };
}

function meanOverSeeds(values: readonly number[]): MeanOverSeeds {
  if (values.length < 2) return { mean: values[0]!, interval: null };
  const { mean, low, high } = meanInterval(values);
  return { mean, interval: { low, high } };
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
