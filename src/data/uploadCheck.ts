/** What an import would make of a file, without storing anything. */
import { DistilleryError } from '../errors.ts';
import { assemble, textKey } from './assemble.ts';
import { mapSplits, type SourceReview, type Split } from './dataset.ts';
import { readUpload, requireClasses, type UploadedReview, type UploadFormat } from './upload.ts';

export interface UploadCheck {
  /** Reviews that can be read. */
  readonly rows: number;
  readonly counts: { readonly negative: number; readonly positive: number; readonly unlabelled: number };
  /** Reviews whose text an earlier one has too, white space aside. */
  readonly duplicates: number;
  /** Of the texts, in UTF-16 code units; null without any. */
  readonly lengths: { readonly min: number; readonly median: number; readonly max: number } | null;
  /** The first reviews. */
  readonly preview: readonly UploadedReview[];
  /** The first faults in the order of their lines; without a line where the file as a whole can't be taken. */
  readonly faults: readonly { readonly line: number | null; readonly problem: string }[];
  readonly faultCount: number;
  /** Reviews by part, as the import would cut them; null where it would refuse the file. */
  readonly parts: Readonly<Record<Split, number>> | null;
}

const previewed = 10;

/** @param content as for {@link readUpload} */
export function checkUpload(format: UploadFormat, content: string): UploadCheck {
  const { reviews: read, faults, faultCount } = readUpload(format, content);
  const reviews = read.map(({ review }) => review);
  const ofLabel = (wanted: SourceReview['label']) => reviews.filter(({ label }) => label === wanted).length;
  const facts = {
    rows: reviews.length,
    counts: { negative: ofLabel(0), positive: ofLabel(1), unlabelled: ofLabel(null) },
    duplicates: reviews.length - new Set(reviews.map(({ text }) => textKey(text))).size,
    lengths: lengthsOf(reviews),
    preview: read.slice(0, previewed),
  };
  // What is said of a file that is read in part would not hold once it is corrected.
  if (faultCount > 0) return { ...facts, faults, faultCount, parts: null };
  try {
    return { ...facts, faults, faultCount, parts: partsOf(reviews) };
  } catch (error) {
    if (!(error instanceof DistilleryError && error.code === 'INVALID_DATASET')) throw error;
    return { ...facts, faults: [{ line: null, problem: error.message }], faultCount: 1, parts: null };
  }
}

/** @throws DistilleryError INVALID_DATASET as the import does */
function partsOf(reviews: readonly SourceReview[]): Record<Split, number> {
  requireClasses('The file', reviews);
  const { splits } = assemble(reviews);
  return mapSplits((split) => splits[split].length);
}

function lengthsOf(reviews: readonly SourceReview[]): UploadCheck['lengths'] {
  const lengths = Float64Array.from(reviews, ({ text }) => text.length).sort();
  const [min] = lengths;
  const median = lengths[Math.floor(lengths.length / 2)];
  const max = lengths.at(-1);
  return min === undefined || median === undefined || max === undefined ? null : { min, median, max };
}
