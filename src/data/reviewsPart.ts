/** Reads some reviews of a prepared dataset, and no more of its files than these need. */
import { createReadStream } from 'node:fs';
import { errorDetails } from '../errors.ts';
import type { Review, Split } from './dataset.ts';
import { corrupt, reviewLine, splitFile } from './prepared.ts';

const lineEnd = 10;

/**
 * The file is not held against its checksum, for which all of it would have to be read.
 * @param offset reviews before the first one that is wanted
 * @param count most reviews; fewer where the split ends before
 * @throws DistilleryError INVALID_DATASET where the file is missing, or a line is no review
 */
export async function readReviews(
  folder: string,
  split: Split,
  { offset, count }: { offset: number; count: number },
): Promise<Review[]> {
  const reviews: Review[] = [];
  let line = 0;
  let begun: Buffer[] = [];
  try {
    for await (const chunk of createReadStream(splitFile(folder, split)) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(lineEnd); end >= 0; end = chunk.indexOf(lineEnd, start)) {
        if (line >= offset) reviews.push(reviewOf([...begun, chunk.subarray(start, end)]));
        if (reviews.length === count) return reviews;
        begun = [];
        start = end + 1;
        line += 1;
      }
      begun.push(chunk.subarray(start));
    }
  } catch (cause) {
    throw corrupt(
      folder,
      `${split}.jsonl cannot be read at line ${line + 1} (${errorDetails(cause).message})`,
    );
  }
  return reviews;
}

function reviewOf(parts: readonly Buffer[]): Review {
  return reviewLine.parse(JSON.parse(Buffer.concat(parts).toString('utf8')));
}
