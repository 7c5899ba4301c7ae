/** The plan of a survey: equal runs are one, parents come first, references are the right ones. */
import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { configOf, planSurvey } from '../../src/survey/plan.ts';
import { surveySpec, type SurveySpec } from '../../src/survey/spec.ts';

const gru = [{ network: 'gru' as const, sizes: [8, 16] }];
const specOf = (grids: object[], more: object = {}): SurveySpec =>
  surveySpec.parse({ name: 'test', title: 'Test', dataset: 'sample', seeds: [1, 2], grids, ...more });

describe('a grid of targets', () => {
  const plan = planSurvey(
    specOf([
      { name: 'targets', question: '?', students: gru, targets: ['scratch', 'soft', 'soft-then-hard'] },
    ]),
  );

  it('is a run for each size, kind of target and seed', () => {
    expect(plan.cells).toHaveLength(6);
    expect(plan.runs).toHaveLength(12);
    expect(new Set(plan.runs.map(({ key }) => key)).size).toBe(12);
  });

  it('lets training on hard labels go on from the run on soft targets with the same seed, which comes before', () => {
    const cells = new Map(plan.cells.map((cell) => [cell.id, cell]));
    const later = plan.runs.filter(({ parent }) => parent !== null);
    expect(later).toHaveLength(4);
    for (const run of later) {
      const parent = plan.runs.find(({ key }) => key === run.parent)!;
      expect(parent.seed).toBe(run.seed);
      expect(cells.get(parent.cell)).toMatchObject({
        targets: 'soft',
        architecture: cells.get(run.cell)!.architecture,
      });
      expect(plan.runs.indexOf(parent)).toBeLessThan(plan.runs.indexOf(run));
    }
  });

  it('compares soft targets with none, and hard labels after them with those', () => {
    const [grid] = plan.grids;
    const pairs = grid!.comparisons.map(({ axis, point, reference }) => [
      axis,
      point.architecture === reference.architecture,
      point.targets,
      reference.targets,
    ]);
    const expected = [
      ['targets', true, 'soft', 'scratch'],
      ['targets', true, 'soft-then-hard', 'soft'],
    ];
    expect(pairs).toEqual([...expected, ...expected]);
  });
});

describe('several grids', () => {
  it('share the runs that they have in common', () => {
    const one = { name: 'a', question: '?', students: gru };
    const other = { name: 'b', question: '?', students: gru, targets: ['soft'], temperatures: [2, 4] };
    const alone = planSurvey(specOf([one])).runs.length;
    expect(planSurvey(specOf([one, other])).runs).toHaveLength(alone + 2 * 2);
  });

  it('take training with other settings for another run', () => {
    const one = { name: 'a', question: '?', students: gru };
    const longer = { ...one, name: 'b', training: { epochs: 9 } };
    expect(planSurvey(specOf([one, longer])).runs).toHaveLength(2 * planSurvey(specOf([one])).runs.length);
  });

  it('keep their runs when seeds and grids are added', () => {
    const one = { name: 'a', question: '?', students: gru };
    const before = planSurvey(specOf([one]));
    const after = planSurvey(
      specOf([one, { ...one, name: 'b', targets: ['soft'], temperatures: [8] }], { seeds: [1, 2, 3] }),
    );
    expect(after.runs.map(({ key }) => key)).toEqual(
      expect.arrayContaining(before.runs.map(({ key }) => key)),
    );
  });
});

describe('axes', () => {
  it('are compared with their first value', () => {
    const [grid] = planSurvey(
      specOf([{ name: 't', question: '?', students: gru, targets: ['soft'], temperatures: [2, 1, 16] }]),
    ).grids;
    expect(
      grid!.comparisons.map(({ point, reference }) => [point.temperature, reference.temperature]),
    ).toEqual([
      [1, 2],
      [16, 2],
      [1, 2],
      [16, 2],
    ]);
  });

  it('that mean nothing to training from scratch do not multiply it', () => {
    const plan = planSurvey(
      specOf([{ name: 't', question: '?', students: gru, temperatures: [1, 2, 4], unlabelled: [0, 10] }]),
    );
    expect(plan.cells.filter(({ targets }) => targets === 'scratch')).toHaveLength(2);
    expect(plan.cells.filter(({ targets }) => targets === 'soft')).toHaveLength(2 * 3 * 2);
  });

  it('a hard-label weight of 1 is training from scratch, unless there are unlabelled reviews', () => {
    const grid = { name: 'w', question: '?', students: gru, hardLabelWeights: [0, 1] };
    const plan = planSurvey(specOf([grid]));
    expect(plan.cells).toHaveLength(4);
    const onScratch = plan.grids[0]!.points.filter(({ hardLabelWeight }) => hardLabelWeight === 1);
    const scratch = plan.cells.filter(({ targets }) => targets === 'scratch');
    expect(onScratch.map(({ cell }) => cell)).toEqual(scratch.map(({ id }) => id));
    // Soft targets of weight 1 and training from scratch are one cell, so there is nothing to compare
    expect(
      plan.grids[0]!.comparisons.some(
        ({ point }) => point.cell === scratch[0]!.id && point.targets === 'scratch',
      ),
    ).toBe(false);
    expect(planSurvey(specOf([{ ...grid, unlabelled: [5] }])).cells).toHaveLength(6);
  });

  it('few labels get more epochs where nothing else is learnt from', () => {
    const plan = planSurvey(
      specOf([
        {
          name: 'l',
          question: '?',
          students: gru,
          hardLabelWeights: [0.5],
          labelled: [{}, { reviews: 20, epochs: 30 }],
          restUnlabelled: true,
          training: { epochs: 2 },
        },
      ]),
    );
    const epochs = plan.cells.map(({ targets, labelled, training }) => [targets, labelled, training.epochs]);
    expect(epochs.slice(0, 4)).toEqual([
      ['scratch', null, 2],
      ['soft', null, 2],
      ['scratch', 20, 30],
      ['soft', 20, 2],
    ]);
    const along = plan.grids[0]!.comparisons.filter(({ axis }) => axis === 'labelled');
    expect(along).toHaveLength(4);
  });
});

describe('configOf', () => {
  const spec = specOf([
    { name: 'a', question: '?', students: gru, targets: ['soft-then-hard'], temperatures: [4] },
  ]);
  const plan = planSurvey(spec);
  const configs = plan.runs.map((run) =>
    configOf(
      spec,
      plan.cells.find(({ id }) => id === run.cell)!,
      run,
      'teacher@1',
      run.parent === null ? null : 'parent@1',
    ),
  );

  it('asks for a distillation, then for training on labels that goes on from it', () => {
    expect(configs[0]).toMatchObject({
      kind: 'distillation',
      temperature: 4,
      teacher: 'teacher@1',
      threads: 1,
    });
    expect(configs[1]).toMatchObject({ kind: 'student', startFrom: 'parent@1', threads: 1 });
    expect(configs[0]!.name).toMatch(/^test-gru-8-soft-[0-9a-f]{8}$/);
  });

  it('names every model otherwise', () => {
    expect(new Set(configs.map(({ name }) => name)).size).toBe(configs.length);
  });
});

it('the published survey is a valid one, of the size that its report says', () => {
  const input = JSON.parse(
    readFileSync(new URL('../../docs/survey/survey.json', import.meta.url), 'utf8'),
    (_key, value: unknown) =>
      // The file has the names of GraphQL's enums
      typeof value === 'string' && /^[A-Z_]+$/.test(value) ? value.toLowerCase().replaceAll('_', '-') : value,
  ) as object;
  const plan = planSurvey(surveySpec.parse(input));
  expect(plan.runs).toHaveLength(150);
});
