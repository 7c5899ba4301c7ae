/** Students that differ along one axis of a grid alone: which value of it does best, and how much the axis moves. */
import { axes, type Axis, type GridPoint } from './plan.ts';
import type { ComparisonResult } from './report.ts';
import { familyOf, type Findings } from './findings.ts';
import { count, list, percent, range, signed, sizes, tally, valueOn } from './wording.ts';

/** An axis of amounts. */
export type ValueAxis = Exclude<Axis, 'targets'>;

/** One line through the grid, from the least value of the axis to the largest; values without a run are left out. */
interface Line {
  label: string;
  stops: Stop[];
}

interface Stop {
  point: GridPoint;
  /** Mean over seeds. */
  accuracy: number;
  /** With the first value of the axis; null at that itself, and where a run is missing. */
  comparison: ComparisonResult | null;
}

/** More lines than that are counted, not listed. */
const mostListed = 4;

/** Two sentences: where accuracy is highest on each line, and how far it moves. Null where no line has two values. */
export function alongAxis(axis: ValueAxis, findings: Findings): [string, string] | null {
  const lines = linesOf(axis, findings);
  return lines.length === 0
    ? null
    : [bestSentence(axis, lines, findings), rangeSentence(axis, lines, findings)];
}

/** How far the axis moves accuracy, and how many of its comparisons are decided. */
export function rangeAlong(axis: ValueAxis, findings: Findings): string {
  return rangeSentence(axis, linesOf(axis, findings), findings);
}

/** What a point shares with the others of its line. */
export function lineKey(axis: Axis, point: GridPoint): string {
  return JSON.stringify([point.architecture, ...axes.map((other) => (other === axis ? null : point[other]))]);
}

/** Whether the axis means something to a point: of labelled reviews, null is all of them. */
export const isOn = (axis: ValueAxis, point: GridPoint): boolean =>
  axis === 'labelled' || point[axis] !== null;

/** Sorts points by what they have of it; all reviews come last. */
export const byAmount =
  (axis: ValueAxis) =>
  (a: GridPoint, b: GridPoint): number => {
    const [first, second] = [a[axis] ?? Infinity, b[axis] ?? Infinity];
    return first === second ? 0 : first - second;
  };

function linesOf(axis: ValueAxis, { points, comparisons, cells }: Findings): Line[] {
  const groups = new Map<string, Stop[]>();
  for (const point of points) {
    const cell = cells.find(({ id }) => id === point.cell);
    if (!cell || !isOn(axis, point)) continue;
    const key = lineKey(axis, point);
    const comparison = comparisons.find((one) => one.axis === axis && one.point === point) ?? null;
    const stop: Stop = { point, accuracy: cell.accuracy.mean, comparison };
    groups.set(key, [...(groups.get(key) ?? []), stop]);
  }
  const lines = [...groups.values()].filter((stops) => stops.length > 1);
  const others = axes.filter((other) => other !== axis);
  const firsts = lines.map(([first]) => first!.point);
  const label = labelAmong(firsts, others);
  return lines.map((stops) => ({
    label: label(stops[0]!.point),
    stops: stops.sort((a, b) => byAmount(axis)(a.point, b.point)),
  }));
}

/** Names points by their network and whatever else differs among them: `gru-64`, `gru-64 with soft targets`. */
export function labelAmong(
  points: readonly GridPoint[],
  others: readonly Axis[],
): (point: GridPoint) => string {
  const varied = others.filter((axis) => new Set(points.map((point) => valueOn(axis, point))).size > 1);
  return (point) => {
    const values = varied.map((axis) => valueOn(axis, point));
    return values.length === 0 ? point.architecture : `${point.architecture} with ${list(values)}`;
  };
}

function bestSentence(axis: ValueAxis, lines: readonly Line[], findings: Findings): string {
  const reference = referenceOn(axis, findings);
  const at = (point: GridPoint) => `${axis.endsWith('labelled') ? 'with' : 'at'} ${valueOn(axis, point)}`;
  const best = lines.map(({ label, stops }) => {
    const stop = stops.reduce((high, one) => (one.accuracy > high.accuracy ? one : high));
    return { label, ...stop };
  });
  if (lines.length <= mostListed) {
    const each = best.map(({ label, point, accuracy, comparison }) => {
      const beside = comparison
        ? `, ${signed(comparison.difference.mean)} points against ${reference}, ${comparison.verdict}`
        : valueOn(axis, point) === reference
          ? ', the reference'
          : '';
      return `${at(point)} for ${label} (${percent(accuracy)}${beside})`;
    });
    return `Mean accuracy is highest ${list(each)}.`;
  }
  const places = [...new Set(best.map(({ point }) => at(point)))].map(
    (place) => `${place} for ${best.filter(({ point }) => at(point) === place).length}`,
  );
  const compared = best.flatMap(({ comparison }) => (comparison ? [comparison] : []));
  const differences = range(compared.map(({ difference }) => difference.mean));
  const beside = compared.length
    ? `; where that is not ${reference}, it differs from it by ${differences} points (${tally(compared)})`
    : '';
  return `Mean accuracy is highest ${list(places)} of ${best.length} students${beside}.`;
}

function rangeSentence(axis: ValueAxis, lines: readonly Line[], findings: Findings): string {
  const moves = lines.map(({ label, stops }) => {
    const accuracies = stops.map(({ accuracy }) => accuracy);
    return { label, move: Math.max(...accuracies) - Math.min(...accuracies) };
  });
  const ends = lines.flatMap(({ stops }) => [stops[0]!.point, stops.at(-1)!.point]).sort(byAmount(axis));
  const text =
    lines.length <= mostListed
      ? list(moves.map(({ label, move }) => `${sizes([move])} points (${label})`))
      : `${sizes(moves.map(({ move }) => move))} points`;
  const [from, to] = [ends[0]!, ends.at(-1)!].map((point) => valueOn(axis, point));
  return `From ${from!} to ${to!} mean accuracy moves by ${text}; ${decisions(axis, findings)}.`;
}

function decisions(axis: ValueAxis, findings: Findings): string {
  const reference = referenceOn(axis, findings);
  const { found, missing } = familyOf(findings, (one) => one.axis === axis);
  const all = `${found.length} ${missing ? 'measured ' : ''}comparisons with ${reference}`;
  if (found.length === 0) return `none of it could be compared with ${reference}`;
  const [better, worse] = [count(found, 'better'), count(found, 'worse')];
  if (found.length === 1) {
    const [{ verdict }] = found as [ComparisonResult];
    return `the one comparison with ${reference} is ${verdict === 'undecided' ? verdict : `decided (${verdict})`}`;
  }
  const decided = better + worse;
  if (decided === 0) return `none of ${all} is decided`;
  return `${decided} of ${all} ${decided === 1 ? 'is' : 'are'} decided (${better} better, ${worse} worse)`;
}

/** The first value of the axis, which the others are compared with. */
function referenceOn(axis: ValueAxis, { points }: Findings): string {
  return valueOn(
    axis,
    points.find((point) => isOn(axis, point))!,
  );
}
