/** What is compared, as the address says: two models, a dataset, its part, and how many reviews. */
import { useSearchParams } from 'wouter';
import type { BenchmarkSplit } from '../../api/operations.ts';

export interface Question {
  /** Two; null where none is chosen yet. */
  readonly models: readonly [string | null, string | null];
  readonly dataset: string | null;
  readonly split: BenchmarkSplit;
  readonly reviews: number;
}

export const reviewCounts = [50, 100, 200, 400] as const;
const usualReviews = 200;

export function useQuestion(): [Question, (change: Partial<Question>) => void] {
  const [search, setSearch] = useSearchParams();
  const [first, second] = (search.get('models') ?? '').split(',').map((name) => name.trim());
  const asked = Number(search.get('reviews'));
  const question: Question = {
    models: [first || null, second || null],
    dataset: search.get('dataset'),
    split: search.get('split')?.toUpperCase() === 'TEST' ? 'TEST' : 'VALIDATION',
    reviews: Number.isInteger(asked) && asked >= 1 && asked <= 400 ? asked : usualReviews,
  };
  const change = (part: Partial<Question>) => {
    const { models, dataset, split, reviews } = { ...question, ...part };
    setSearch(
      (before) => {
        before.set('models', models.map((name) => name ?? '').join(','));
        if (dataset) before.set('dataset', dataset);
        before.set('split', split.toLowerCase());
        before.set('reviews', String(reviews));
        return before;
      },
      { replace: true },
    );
  };
  return [question, change];
}
