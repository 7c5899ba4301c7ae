/** Two sentences for every kind of grid, with its own figures. */
import { describe, expect, it } from '@jest/globals';
import { answerOf } from '../../src/survey/answers.ts';
import type { Condition } from '../../src/survey/plan.ts';
import { findingsOf, students } from './fabricated.ts';

type Accuracies = Readonly<Record<string, number | null>>;

/** Looks the accuracy up by network and targets, and what is said about its other values. */
const table =
  (accuracies: Accuracies, rest: (condition: Condition) => string = () => '') =>
  (condition: Condition): number | null => {
    const key = `${condition.architecture} ${condition.targets}${rest(condition)}`;
    if (key in accuracies) return accuracies[key]!;
    throw new Error(`no accuracy is made up for ${key}`);
  };

const twoSentences = (text: string): void => expect(text.match(/[.!?](?= [A-Z]|$)/g)).toHaveLength(2);

function answer(...given: Parameters<typeof findingsOf>): string {
  const text = answerOf(findingsOf(...given));
  twoSentences(text);
  return text;
}

describe('the answer about targets', () => {
  const three = {
    students: students('gru-16', 'gru-64', 'cnn-64'),
    targets: ['scratch', 'soft', 'soft-then-hard'],
  };
  const all: Accuracies = {
    'gru-16 scratch': 0.8,
    'gru-16 soft': 0.851,
    'gru-16 soft-then-hard': 0.84,
    'gru-64 scratch': 0.85,
    'gru-64 soft': 0.862,
    'gru-64 soft-then-hard': 0.856,
    'cnn-64 scratch': 0.86,
    'cnn-64 soft': 0.88,
    'cnn-64 soft-then-hard': 0.879,
  };

  it('counts verdicts, and says by how much', () => {
    expect(answer(three, table(all))).toBe(
      'Distilled students beat those from scratch at 3 of 3 sizes, by 1.2 to 5.1 points on average over 3 seeds. ' +
        'Training on hard labels afterwards makes 2 of 3 sizes worse, 0 better and leaves 1 undecided (mean difference −0.6 points).',
    );
  });

  it('gives means where there is no second comparison', () => {
    const grid = { ...three, targets: ['scratch', 'soft'] };
    expect(answer(grid, table({ ...all, 'gru-16 scratch': 0.86, 'cnn-64 scratch': 0.878 }), 1)).toBe(
      'Distilled students beat those from scratch at 1 of 3 sizes and do worse at 1, with 1 undecided; the differences are −0.9 to +1.2 points with one seed. ' +
        'Mean accuracy is 86.4 % with soft targets and 86.3 % with labels alone, agreement with the teacher 91.4 % and 91.3 %.',
    );
  });

  it('does not call better what is undecided', () => {
    const grid = { ...three, targets: ['scratch', 'soft'] };
    const close = { ...all, 'gru-16 scratch': 0.849, 'gru-64 scratch': 0.863, 'cnn-64 scratch': 0.88 };
    expect(answer(grid, table(close))).toMatch(
      /^Whether distilled students beat those from scratch is undecided at 3 of 3 sizes; the differences are −0\.1 to \+0\.2 points on average over 3 seeds\./,
    );
    const worse = { ...close, 'gru-16 scratch': 0.87 };
    expect(answer(grid, table(worse))).toMatch(
      /^Distilled students do worse than those from scratch at 1 of 3 sizes, with 2 undecided; the differences are −1\.9 to 0\.0 points/,
    );
  });

  it('tells how many are measured where some are missing', () => {
    const missing = { ...all, 'gru-16 scratch': null, 'cnn-64 soft-then-hard': null };
    expect(answer(three, table(missing))).toBe(
      'Distilled students beat those from scratch at 2 of 2 measured sizes, by 1.2 to 2.0 points on average over 3 seeds. ' +
        'Training on hard labels afterwards makes 2 of 2 measured sizes worse, 0 better and leaves 0 undecided (mean difference −0.9 points).',
    );
  });

  it('names the network where there is one', () => {
    const one = { ...three, students: students('gru-64') };
    expect(answer(one, table(all))).toBe(
      'Distilled students beat those from scratch (gru-64), by 1.2 points on average over 3 seeds. ' +
        'Training on hard labels afterwards makes gru-64 worse (mean difference −0.6 points).',
    );
    expect(answer(one, table({ ...all, 'gru-64 soft': 0.851, 'gru-64 soft-then-hard': 0.853 }))).toBe(
      'Whether distilled students beat those from scratch is undecided (gru-64); the difference is +0.1 points on average over 3 seeds. ' +
        'Whether training on hard labels afterwards changes gru-64 is undecided (mean difference +0.2 points).',
    );
  });

  it('knows grids without training from scratch', () => {
    expect(answer({ ...three, targets: ['soft', 'soft-then-hard'] }, table(all))).toBe(
      'Students trained on hard labels after soft targets do worse than those with soft targets alone at 2 of 3 sizes, with 1 undecided; the differences are −1.1 to −0.1 points on average over 3 seeds. ' +
        'Mean accuracy is 85.8 % with labels after soft targets and 86.4 % with soft targets, agreement with the teacher 90.8 % and 91.4 %.',
    );
  });
});

describe('the answer about temperature', () => {
  const grid = {
    students: students('gru-64', 'cnn-64'),
    targets: ['scratch', 'soft'],
    temperatures: [2, 1, 4],
  };
  const at = ({ temperature }: Condition) => (temperature === null ? '' : ` ${temperature}`);
  const all: Accuracies = {
    'gru-64 scratch': 0.85,
    'gru-64 soft 2': 0.862,
    'gru-64 soft 1': 0.86,
    'gru-64 soft 4': 0.865,
    'cnn-64 scratch': 0.86,
    'cnn-64 soft 2': 0.88,
    'cnn-64 soft 1': 0.872,
    'cnn-64 soft 4': 0.879,
  };

  it('says where accuracy is highest, and how much it moves', () => {
    expect(answer(grid, table(all, at))).toBe(
      'Mean accuracy is highest at T = 4 for gru-64 (86.5 %, +0.3 points against T = 2, undecided) and at T = 2 for cnn-64 (88.0 %, the reference). ' +
        'From T = 1 to T = 4 mean accuracy moves by 0.5 points (gru-64) and 0.8 points (cnn-64); 1 of 4 comparisons with T = 2 is decided (0 better, 1 worse).',
    );
  });

  it('counts networks where there are many', () => {
    const sizes = [16, 32, 64, 128, 256];
    const many = { ...grid, students: [{ network: 'gru', sizes }] };
    const accuracyOf = ({ architecture, temperature }: Condition) => {
      if (temperature === null) return 0.8;
      const best = architecture === 'gru-16' ? 2 : architecture === 'gru-32' ? 1 : 4;
      return temperature === best ? 0.866 : 0.86;
    };
    expect(answer(many, accuracyOf)).toBe(
      'Mean accuracy is highest at T = 2 for 1, at T = 1 for 1 and at T = 4 for 3 of 5 students; where that is not T = 2, it differs from it by +0.6 points (4 of 4 better). ' +
        'From T = 1 to T = 4 mean accuracy moves by 0.6 points; 6 of 10 comparisons with T = 2 are decided (4 better, 2 worse).',
    );
  });

  it('does without a reference that is missing', () => {
    const missing = { ...all, 'gru-64 soft 2': null, 'cnn-64 soft 2': null };
    expect(answer(grid, table(missing, at))).toBe(
      'Mean accuracy is highest at T = 4 for gru-64 (86.5 %) and at T = 4 for cnn-64 (87.9 %). ' +
        'From T = 1 to T = 4 mean accuracy moves by 0.5 points (gru-64) and 0.7 points (cnn-64); none of it could be compared with T = 2.',
    );
  });

  it('is about the hard-label weight where that is what varies', () => {
    const weights = { students: students('gru-64'), targets: ['soft'], hardLabelWeights: [0, 1] };
    const weight = ({ hardLabelWeight, targets }: Condition) =>
      targets === 'soft' ? ` ${hardLabelWeight}` : '';
    expect(answer(weights, table({ 'gru-64 soft 0': 0.86, 'gru-64 soft 1': 0.85 }, weight))).toBe(
      'Mean accuracy is highest at hard-label weight 0 for gru-64 (86.0 %, the reference). ' +
        'From hard-label weight 0 to hard-label weight 1 mean accuracy moves by 1.0 points (gru-64); the one comparison with hard-label weight 0 is decided (worse).',
    );
  });

  it('tells lines apart that differ in more than the network', () => {
    const both = { students: students('gru-64'), targets: ['soft', 'soft-then-hard'], temperatures: [2, 4] };
    expect(
      answer(both, ({ targets, temperature }) => (targets === 'soft' ? 0.86 : 0.85) + temperature! / 1000),
    ).toBe(
      'Mean accuracy is highest at T = 4 for gru-64 with soft targets (86.4 %, +0.2 points against T = 2, undecided) and at T = 4 for gru-64 with labels after soft targets (85.4 %, +0.2 points against T = 2, undecided). ' +
        'From T = 2 to T = 4 mean accuracy moves by 0.2 points (gru-64 with soft targets) and 0.2 points (gru-64 with labels after soft targets); none of 2 comparisons with T = 2 is decided.',
    );
  });
});

describe('the answer about labelled reviews', () => {
  const grid = {
    students: students('gru-64', 'cnn-64'),
    targets: ['scratch', 'soft'],
    labelled: [{ reviews: null }, { reviews: 500 }, { reviews: 2000 }],
    restUnlabelled: true,
  };
  const amount = ({ labelled }: Condition) => ` ${labelled ?? 'all'}`;
  const all: Accuracies = {
    'gru-64 scratch all': 0.85,
    'gru-64 soft all': 0.862,
    'gru-64 scratch 500': 0.7,
    'gru-64 soft 500': 0.8,
    'gru-64 scratch 2000': 0.78,
    'gru-64 soft 2000': 0.83,
    'cnn-64 scratch all': 0.87,
    'cnn-64 soft all': 0.872,
    'cnn-64 scratch 500': 0.74,
    'cnn-64 soft 500': 0.82,
    'cnn-64 scratch 2000': 0.8,
    'cnn-64 soft 2000': 0.85,
  };

  it('holds soft targets against labels alone at each amount', () => {
    expect(answer(grid, table(all, amount))).toBe(
      'Soft targets change accuracy against labels alone by +9.0 points with 500 labelled reviews (2 of 2 better), +5.0 with 2,000 (2 of 2 better) and +0.7 with all (1 of 2 better, 1 undecided) on average over 3 seeds. ' +
        'From 500 to all labelled reviews mean accuracy goes from 81.0 % to 86.7 % with soft targets and from 72.0 % to 86.0 % with labels alone.',
    );
  });

  it('compares the ends of the same networks only', () => {
    const missing = { ...all, 'gru-64 soft 500': null };
    expect(answer(grid, table(missing, amount))).toMatch(
      / From 500 to all labelled reviews mean accuracy goes from 82\.0 % to 87\.2 % with soft targets and from 74\.0 % to 87\.0 % with labels alone\.$/,
    );
    expect(answer(grid, table({ ...missing, 'cnn-64 soft all': null }, amount))).toMatch(
      / With 500 labelled reviews mean accuracy is 82\.0 % with soft targets and 74\.0 % with labels alone\.$/,
    );
  });

  it('is about the amounts themselves where nothing else is compared', () => {
    expect(answer({ ...grid, targets: ['soft'] }, table(all, amount))).toBe(
      'Mean accuracy is highest with all labelled reviews for gru-64 (86.2 %, the reference) and with all labelled reviews for cnn-64 (87.2 %, the reference). ' +
        'From 500 labelled reviews to all labelled reviews mean accuracy moves by 6.2 points (gru-64) and 5.2 points (cnn-64); 4 of 4 comparisons with all labelled reviews are decided (0 better, 4 worse).',
    );
  });
});

describe('the answer about unlabelled reviews', () => {
  const extra = ({ unlabelled }: Condition) => (unlabelled === null ? '' : ` ${unlabelled}`);
  const all: Accuracies = {
    'gru-64 soft 0': 0.86,
    'gru-64 soft 10000': 0.863,
    'gru-64 soft 40000': 0.872,
  };

  it('says what the largest amount adds to none', () => {
    const grid = { students: students('gru-64'), targets: ['soft'], unlabelled: [0, 10_000, 40_000] };
    expect(answer(grid, table(all, extra))).toBe(
      'Students with 40,000 more unlabelled reviews beat those without (gru-64), by 1.2 points on average over 3 seeds. ' +
        'From no unlabelled reviews to 40,000 unlabelled reviews mean accuracy moves by 1.2 points (gru-64); 1 of 2 comparisons with no unlabelled reviews is decided (1 better, 0 worse).',
    );
  });

  it('knows grids whose reference is the largest amount', () => {
    const grid = { students: students('gru-64'), targets: ['soft'], unlabelled: [40_000, 0] };
    expect(answer(grid, table(all, extra))).toMatch(
      /^Mean accuracy is highest with 40,000 unlabelled reviews for gru-64 \(87\.2 %, the reference\)\./,
    );
  });
});

describe('the answer where nothing can be compared', () => {
  const grid = { students: students('gru-16', 'gru-64'), targets: ['soft'] };

  it('says what there is', () => {
    expect(answer(grid, table({ 'gru-16 soft': 0.851, 'gru-64 soft': 0.862 }))).toBe(
      'Mean accuracy goes from 85.1 % (gru-16) to 86.2 % (gru-64). There is no measured reference to compare with.',
    );
    expect(answer(grid, table({ 'gru-16 soft': null, 'gru-64 soft': 0.862 }))).toBe(
      'The only student measured has a mean accuracy of 86.2 % (gru-64). There is no measured reference to compare with.',
    );
    expect(answer(grid, () => null)).toBe(
      'No student of this grid has been measured. There is nothing to compare yet.',
    );
  });
});
