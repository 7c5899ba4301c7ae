/** What a dataset is: reviews in four splits that share no text. */

export const splits = ['train', 'validation', 'test', 'unlabelled'] as const;
export type Split = (typeof splits)[number];

export function mapSplits<T>(value: (split: Split) => T): Record<Split, T> {
  return {
    train: value('train'),
    validation: value('validation'),
    test: value('test'),
    unlabelled: value('unlabelled'),
  };
}

export interface Review {
  readonly id: string;
  readonly text: string;
  /** 0 negative, 1 positive, null unlabelled. */
  readonly label: 0 | 1 | null;
}

export interface Dataset {
  readonly name: string;
  /** sha256 over texts, labels and splits: equal content, equal fingerprint. */
  readonly fingerprint: string;
  /** One line for a person: where the reviews are from. */
  readonly source: string;
  readonly counts: Readonly<Record<Split, number>>;
  readonly duplicatesRemoved: number;
  /**
   * Always in the same order, a shuffled one: any first part of a split is a fair sample of it.
   * Read from disk at every call.
   */
  reviews(split: Split): Promise<readonly Review[]>;
}

export interface DatasetDescription {
  readonly name: string;
  readonly source: string;
  /** `ready`: prepared; `available`: can be prepared without network; `absent`: needs a download or a path. */
  readonly state: 'ready' | 'available' | 'absent';
  /** Known once a dataset is ready. */
  readonly counts: Readonly<Record<Split, number>> | null;
  readonly fingerprint: string | null;
}

/** Reports work in units of its own (bytes, reviews); `total` is null where it is not known. */
export type DataProgress = (message: string, done: number, total: number | null) => void;

/** Reviews as a source gives them, before validation is cut off and duplicates are removed. */
export interface SourceReviews {
  readonly source: string;
  readonly reviews: readonly SourceReview[];
}

export interface SourceReview extends Review {
  readonly split: Split;
}
