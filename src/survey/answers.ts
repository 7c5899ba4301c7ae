/** The answer to a grid's question: two sentences, made of its figures. */
import { familyOf, nounOf, verdictSentence } from './findings.ts';
import type { Family, Findings } from './findings.ts';
import { alongAxis, byAmount, isOn, labelAmong, lineKey, rangeAlong, type ValueAxis } from './lines.ts';
import { axes, type GridPoint } from './plan.ts';
import type { CellResult, ComparisonResult } from './report.ts';
import type { SurveyTargets } from './spec.ts';
import { count, list, meanOf, overSeeds, percent, signed, tally, valueOn, whole } from './wording.ts';

type Sentences = [string, string];

/**
 * Says what the first axis of several values does, of temperature, hard-label weight, labelled and unlabelled reviews,
 * and else what the targets do. Verdicts decide the words: a difference that is undecided is called so.
 */
export function answerOf(findings: Findings): string {
  const sentences = ofVariedAxis(findings) ?? ofWhatThereIs(findings);
  return sentences.join(' ');
}

function ofVariedAxis(findings: Findings): Sentences | null {
  const varies = (axis: ValueAxis) =>
    new Set(findings.points.filter((point) => isOn(axis, point)).map((point) => point[axis])).size > 1;
  if (varies('temperature')) return alongAxis('temperature', findings);
  if (varies('hardLabelWeight')) return alongAxis('hardLabelWeight', findings);
  if (varies('labelled')) return ofLabelled(findings) ?? alongAxis('labelled', findings);
  if (varies('unlabelled')) return ofUnlabelled(findings) ?? alongAxis('unlabelled', findings);
  return ofTargets(findings);
}

/** Points with these targets against those with the targets before. */
const againstTargetsBefore = (targets: SurveyTargets, findings: Findings): Family =>
  familyOf(findings, ({ axis, point }) => axis === 'targets' && point.targets === targets);

function ofTargets(findings: Findings): Sentences | null {
  const soft = againstTargetsBefore('soft', findings);
  const hard = againstTargetsBefore('soft-then-hard', findings);
  if (soft.found.length > 0) {
    const first = verdictSentence('distilled students', 'those from scratch', soft);
    return [first, hard.found.length > 0 ? hardSentence(hard) : meansSentence(soft, findings)];
  }
  if (hard.found.length === 0) return null;
  return [
    verdictSentence(
      'students trained on hard labels after soft targets',
      'those with soft targets alone',
      hard,
    ),
    meansSentence(hard, findings),
  ];
}

function hardSentence(family: Family): string {
  const { found } = family;
  const change = `(mean difference ${signed(meanOf(found.map(({ difference }) => difference.mean)))} points)`;
  if (found.length === 1) {
    const [{ verdict, point }] = found as [ComparisonResult];
    return verdict === 'undecided'
      ? `Whether training on hard labels afterwards changes ${point.architecture} is undecided ${change}.`
      : `Training on hard labels afterwards makes ${point.architecture} ${verdict} ${change}.`;
  }
  const numbers = { better: count(found, 'better'), worse: count(found, 'worse') };
  const [more, less] =
    numbers.better > numbers.worse ? (['better', 'worse'] as const) : (['worse', 'better'] as const);
  const counts = `${numbers[more]} of ${found.length} ${nounOf(family)} ${more}, ${numbers[less]} ${less}`;
  return `Training on hard labels afterwards makes ${counts} and leaves ${count(found, 'undecided')} undecided ${change}.`;
}

/** Accuracy and agreement on both sides of a family, averaged over it. */
function meansSentence({ found }: Family, { cells }: Findings): string {
  const [{ point, reference }] = found as [ComparisonResult];
  const mean = (side: 'point' | 'reference', figure: 'accuracy' | 'agreement') =>
    percent(meanOf(found.map((one) => cellOf(one[side], cells)![figure].mean)));
  const [here, there] = [valueOn('targets', point), valueOn('targets', reference)];
  return `Mean accuracy is ${mean('point', 'accuracy')} with ${here} and ${mean('reference', 'accuracy')} with ${there}, agreement with the teacher ${mean('point', 'agreement')} and ${mean('reference', 'agreement')}.`;
}

/** What soft targets add to labels alone, at each amount of labelled reviews. */
function ofLabelled(findings: Findings): Sentences | null {
  const { found } = againstTargetsBefore('soft', findings);
  if (found.length === 0) return null;
  const points = found.map(({ point }) => point).sort(byAmount('labelled'));
  const each = [...new Set(points.map(({ labelled }) => labelled))].map((labelled, i) => {
    const own = found.filter(({ point }) => point.labelled === labelled);
    const difference = signed(meanOf(own.map((one) => one.difference.mean)));
    const [unit, reviews] = i === 0 ? [' points', ' labelled reviews'] : ['', ''];
    return `${difference}${unit} with ${amount(labelled)}${reviews} (${tally(own)})`;
  });
  const [few, many] = [points[0]!.labelled, points.at(-1)!.labelled];
  return [
    `Soft targets change accuracy against labels alone by ${list(each)}${overSeeds(found)}.`,
    endsSentence(few, many, found, findings.cells),
  ];
}

/** Accuracies with the fewest labelled reviews and with the most, of the same networks. */
function endsSentence(
  few: number | null,
  many: number | null,
  found: readonly ComparisonResult[],
  cells: readonly CellResult[],
): string {
  const at = (labelled: number | null) => found.filter(({ point }) => point.labelled === labelled);
  const among = (others: readonly ComparisonResult[]) => {
    const keys = new Set(others.map(({ point }) => lineKey('labelled', point)));
    return ({ point }: ComparisonResult) => keys.has(lineKey('labelled', point));
  };
  const mean = (comparisons: readonly ComparisonResult[], side: 'point' | 'reference') =>
    percent(meanOf(comparisons.map((one) => cellOf(one[side], cells)!.accuracy.mean)));

  const first = at(few).filter(among(at(many)));
  if (few === many || first.length === 0) {
    const [soft, scratch] = [mean(at(few), 'point'), mean(at(few), 'reference')];
    return `With ${amount(few)} labelled reviews mean accuracy is ${soft} with soft targets and ${scratch} with labels alone.`;
  }
  const last = at(many).filter(among(first));
  const goes = (side: 'point' | 'reference') => `from ${mean(first, side)} to ${mean(last, side)}`;
  return `From ${amount(few)} to ${amount(many)} labelled reviews mean accuracy goes ${goes('point')} with soft targets and ${goes('reference')} with labels alone.`;
}

/** Of labelled reviews. */
const amount = (labelled: number | null): string => (labelled === null ? 'all' : whole(labelled));

/** What the largest amount of unlabelled reviews adds to the reference, which is usually none. */
function ofUnlabelled(findings: Findings): Sentences | null {
  const most = Math.max(...findings.points.map(({ unlabelled }) => unlabelled ?? 0));
  const family = familyOf(findings, ({ axis, point }) => axis === 'unlabelled' && point.unlabelled === most);
  if (family.found.length === 0) return null;
  const { unlabelled } = family.found[0]!.reference;
  const others = unlabelled ? `those with ${whole(unlabelled)}` : 'those without';
  return [
    verdictSentence(`students with ${whole(most)} more unlabelled reviews`, others, family),
    rangeAlong('unlabelled', findings),
  ];
}

/** Where nothing of the grid's question can be compared. */
function ofWhatThereIs({ points, cells }: Findings): Sentences {
  const measured = points
    .flatMap((point) => {
      const accuracy = cellOf(point, cells)?.accuracy.mean;
      return accuracy === undefined ? [] : [{ point, accuracy }];
    })
    .sort((a, b) => a.accuracy - b.accuracy);
  if (measured.length === 0) {
    return ['No student of this grid has been measured.', 'There is nothing to compare yet.'];
  }
  const label = labelAmong(points, axes);
  const text = ({ point, accuracy }: { point: GridPoint; accuracy: number }) =>
    `${percent(accuracy)} (${label(point)})`;
  const [least, most] = [measured[0]!, measured.at(-1)!];
  return [
    measured.length === 1
      ? `The only student measured has a mean accuracy of ${text(least)}.`
      : `Mean accuracy goes from ${text(least)} to ${text(most)}.`,
    'There is no measured reference to compare with.',
  ];
}

function cellOf({ cell }: GridPoint, cells: readonly CellResult[]): CellResult | undefined {
  return cells.find(({ id }) => id === cell);
}
