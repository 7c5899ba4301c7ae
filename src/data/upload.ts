/** Reads reviews that a user uploads, as CSV or as JSONL, and tells every line that is wrong at once. */
import { DistilleryError, shown } from '../errors.ts';
import type { SourceReview, SourceReviews, Split } from './dataset.ts';
import { readRows, type OnFault, type UploadFormat, type UploadRow } from './uploadRows.ts';

export type { UploadFormat };

const largestText = 100_000;
const tellErrors = 20;
const shownCharacters = 40;
/** More than anyone corrects at a time. */
export const keptFaults = 100;
/** Of each class, so that ten in a hundred for validation and for test leave something to learn from. */
const fewestOfClass = 10;

const labels = new Map<string, 0 | 1>([
  ['negative', 0],
  ['neg', 0],
  ['0', 0],
  ['positive', 1],
  ['pos', 1],
  ['1', 1],
]);

const splitNames = new Map<string, Split>([
  ['train', 'train'],
  ['validation', 'validation'],
  ['valid', 'validation'],
  ['val', 'validation'],
  ['dev', 'validation'],
  ['test', 'test'],
  ['unlabelled', 'unlabelled'],
  ['unlabeled', 'unlabelled'],
  ['unsup', 'unlabelled'],
]);

const expected =
  'expected the columns text, label (negative or positive, neg or pos, 0 or 1, empty for unlabelled) and, if you like, split (train, validation or test)';

export interface UploadedReview {
  readonly line: number;
  readonly review: SourceReview;
}

export interface FaultyLine {
  readonly line: number;
  readonly problem: string;
}

/** What a file holds: the reviews that can be read, and what is wrong with the other lines. */
export interface Upload {
  readonly reviews: readonly UploadedReview[];
  /** The first {@link keptFaults}, in the order of their lines. */
  readonly faults: readonly FaultyLine[];
  readonly faultCount: number;
}

/** The one reader of uploads. @param content a CSV file with a header, or one JSON object a line; columns text, label, and split if wanted */
export function readUpload(format: UploadFormat, content: string): Upload {
  const reviews: UploadedReview[] = [];
  // Lines that are no rows are told apart from rows that are no reviews, each kind in order.
  const ofFile = new Faults();
  const ofReviews = new Faults();
  const onRow = (row: UploadRow) => {
    const review = reviewOf(row, ofReviews.add);
    if (review !== null) reviews.push({ line: row.line, review });
  };
  readRows(format, content, onRow, ofFile.add);
  const faults = [...ofFile.first, ...ofReviews.first].sort((a, b) => a.line - b.line);
  return {
    reviews,
    faults: faults.slice(0, keptFaults),
    faultCount: ofFile.count + ofReviews.count,
  };
}

/** Counts faulty lines that come in order, and keeps the first: a file may consist of nothing else. */
class Faults {
  count = 0;
  readonly first: FaultyLine[] = [];
  readonly add: OnFault = (line, problem) => {
    this.count += 1;
    if (this.first.length < keptFaults) this.first.push({ line, problem });
  };
}

/**
 * @param content as for {@link readUpload}
 * @throws DistilleryError INVALID_DATASET with the first 20 faulty lines, or where a class is missing or too small
 */
export function parseUpload(name: string, format: UploadFormat, content: string): SourceReviews {
  const upload = readUpload(format, content);
  const { faults, faultCount } = upload;
  if (faultCount > 0) {
    const told = faults.slice(0, tellErrors).map(({ line, problem }) => `line ${line}: ${problem}`);
    const more = faultCount > told.length ? `\n… and ${faultCount - told.length} more` : '';
    throw new DistilleryError(
      'INVALID_DATASET',
      `The dataset "${name}" has ${faultCount} faulty ${faultCount === 1 ? 'line' : 'lines'}; ${expected}.\n${told.join('\n')}${more}`,
      { errors: told, errorCount: faultCount },
    );
  }
  const reviews = upload.reviews.map(({ review }) => review);
  requireClasses(`The dataset "${name}"`, reviews);
  return { source: `Uploaded as ${format.toUpperCase()}, ${reviews.length} reviews`, reviews };
}

function reviewOf({ line, values }: UploadRow, report: OnFault): SourceReview | null {
  const text = values.get('text');
  const label = labelOf(values.get('label'));
  const split = splitOf(values.get('split'));
  const problems: string[] = [];
  if (typeof text !== 'string' || text.trim() === '') problems.push('the text is empty');
  else if (text.length > largestText)
    problems.push(`the text has ${text.length} characters, at most ${largestText} are accepted`);
  if (label === undefined)
    problems.push(
      `label ${shown(values.get('label'), shownCharacters)} is not negative or positive, neg or pos, 0 or 1, or empty`,
    );
  if (split === undefined)
    problems.push(
      `split ${shown(values.get('split'), shownCharacters)} is not train, validation, test or unlabelled`,
    );
  if (label === null && (split === 'validation' || split === 'test'))
    problems.push(`a ${split} review needs a label`);
  if (problems.length > 0 || typeof text !== 'string' || label === undefined || split === undefined) {
    report(line, problems.join('; '));
    return null;
  }
  const unlabelled = label === null || split === 'unlabelled';
  return {
    id: `line ${line}`,
    text: text.trim(),
    label: unlabelled ? null : label,
    split: unlabelled ? 'unlabelled' : (split ?? 'train'),
  };
}

/** @returns null for an empty label, undefined for one that is not a label */
function labelOf(value: unknown): 0 | 1 | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const word = String(value).trim().toLowerCase();
  return word === '' ? null : labels.get(word);
}

/** @returns null for an empty split, undefined for one that is not a split */
function splitOf(value: unknown): Split | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return undefined;
  const word = value.trim().toLowerCase();
  return word === '' ? null : splitNames.get(word);
}

/** @param subject of the message @throws DistilleryError INVALID_DATASET where a class is missing or too small to learn from */
export function requireClasses(subject: string, reviews: readonly SourceReview[]): void {
  const positive = reviews.filter(({ label }) => label === 1).length;
  const negative = reviews.filter(({ label }) => label === 0).length;
  if (Math.min(positive, negative) >= fewestOfClass) return;
  const one = Math.min(positive, negative) === 0 && positive + negative > 0;
  const what = one ? 'has one class only' : 'has too few labelled reviews';
  throw new DistilleryError(
    'INVALID_DATASET',
    `${subject} ${what}: ${negative} negative and ${positive} positive; expected at least ${fewestOfClass} of each.`,
    { negative, positive, fewest: fewestOfClass },
  );
}
