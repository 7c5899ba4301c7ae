/** Reads reviews that a user uploads, as CSV or as JSONL, and tells every line that is wrong at once. */
import { CsvError, parse } from 'csv-parse/sync';
import { DistilleryError, errorDetails } from '../errors.ts';
import type { SourceReview, SourceReviews, Split } from './dataset.ts';

export type UploadFormat = 'csv' | 'jsonl';

const largestText = 100_000;
const tellErrors = 20;
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

interface Row {
  readonly line: number;
  readonly values: ReadonlyMap<string, unknown>;
}

interface LineError {
  readonly line: number;
  readonly problem: string;
}

/**
 * @param content a CSV file with a header, or one JSON object a line; columns text, label, and split if wanted
 * @throws DistilleryError INVALID_DATASET with the first 20 faulty lines, or where a class is missing or too small
 */
export function parseUpload(name: string, format: UploadFormat, content: string): SourceReviews {
  const errors: LineError[] = [];
  const report = (line: number, problem: string) => errors.push({ line, problem });
  const rows = format === 'csv' ? csvRows(content, report) : jsonRows(content, report);
  const reviews: SourceReview[] = [];
  for (const row of rows) {
    const review = reviewOf(row, report);
    if (review !== null) reviews.push(review);
  }
  if (errors.length > 0) {
    errors.sort((a, b) => a.line - b.line);
    const told = errors.slice(0, tellErrors).map(({ line, problem }) => `line ${line}: ${problem}`);
    const more = errors.length > told.length ? `\n… and ${errors.length - told.length} more` : '';
    throw new DistilleryError(
      'INVALID_DATASET',
      `The dataset "${name}" has ${errors.length} faulty ${errors.length === 1 ? 'line' : 'lines'}; ${expected}.\n${told.join('\n')}${more}`,
      { errors: told, errorCount: errors.length },
    );
  }
  checkClasses(name, reviews);
  return { source: `Uploaded as ${format.toUpperCase()}, ${reviews.length} reviews`, reviews };
}

function csvRows(content: string, report: (line: number, problem: string) => void): Row[] {
  let records: { record: string[]; info: { lines: number } }[];
  try {
    // The types don't know that `info` wraps every record.
    // Line ends are made equal first: of "\r\n" within quotes, its line count makes two.
    records = parse(content.replaceAll('\r\n', '\n'), {
      bom: true,
      info: true,
      relax_column_count: true,
    }) as unknown as typeof records;
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    report(typeof error.lines === 'number' ? error.lines : 1, `not CSV: ${error.message}`);
    return [];
  }
  const header = (records[0]?.record ?? []).map((column) => column.trim().toLowerCase());
  const missing = ['text', 'label'].filter((column) => !header.includes(column));
  if (missing.length > 0) {
    report(
      1,
      `no column ${missing.join(', ')}; the header has ${header.map((column) => `"${column}"`).join(', ') || 'nothing'}`,
    );
    return [];
  }
  const rows: Row[] = [];
  let line = (records[0]?.info.lines ?? 1) + 1;
  for (const { record, info } of records.slice(1)) {
    const empty = record.length === 1 && record[0]?.trim() === '';
    if (record.length === header.length) {
      rows.push({ line, values: new Map(header.map((column, index) => [column, record[index]])) });
    } else if (!empty) report(line, `${record.length} columns, expected ${header.length} as in the header`);
    line = info.lines + 1; // a record may span several lines
  }
  return rows;
}

function jsonRows(content: string, report: (line: number, problem: string) => void): Row[] {
  const rows: Row[] = [];
  content
    .replace(/^\uFEFF/, '')
    .split('\n')
    .forEach((text, index) => {
      if (text.trim() === '') return;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        report(index + 1, `not JSON: ${errorDetails(error).message}`);
        return;
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        report(index + 1, 'not a JSON object');
      else rows.push({ line: index + 1, values: new Map(Object.entries(value)) });
    });
  return rows;
}

function reviewOf(
  { line, values }: Row,
  report: (line: number, problem: string) => void,
): SourceReview | null {
  const text = values.get('text');
  const label = labelOf(values.get('label'));
  const split = splitOf(values.get('split'));
  const problems: string[] = [];
  if (typeof text !== 'string' || text.trim() === '') problems.push('the text is empty');
  else if (text.length > largestText)
    problems.push(`the text has ${text.length} characters, at most ${largestText} are accepted`);
  if (label === undefined)
    problems.push(
      `label ${shown(values.get('label'))} is not negative or positive, neg or pos, 0 or 1, or empty`,
    );
  if (split === undefined)
    problems.push(`split ${shown(values.get('split'))} is not train, validation, test or unlabelled`);
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

function checkClasses(name: string, reviews: readonly SourceReview[]): void {
  const positive = reviews.filter(({ label }) => label === 1).length;
  const negative = reviews.filter(({ label }) => label === 0).length;
  if (Math.min(positive, negative) >= fewestOfClass) return;
  const one = Math.min(positive, negative) === 0 && positive + negative > 0;
  const what = one ? 'has one class only' : 'has too few labelled reviews';
  throw new DistilleryError(
    'INVALID_DATASET',
    `The dataset "${name}" ${what}: ${negative} negative and ${positive} positive; expected at least ${fewestOfClass} of each.`,
    { negative, positive, fewest: fewestOfClass },
  );
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
