/** The values of the form that starts a benchmark, and the request that they make. */
import type { StartBenchmarkInput } from '../../api/operations.ts';

/** A number field that was left empty holds ''. */
export type OptionalNumber = number | string;

export interface BenchmarkForm {
  models: string[];
  dataset: string;
  split: 'TEST' | 'VALIDATION';
  reviews: OptionalNumber;
  scenarios: string[];
  latencyBoundMs: OptionalNumber;
  percentile: string;
  concurrencies: string[];
  rates: string[];
  queries: OptionalNumber;
  tailMargin: OptionalNumber;
  seed: OptionalNumber;
}

export const scenarios = [
  {
    value: 'OFFLINE',
    name: 'Offline',
    help: 'All reviews at once: accuracy and reviews a second. Always measured.',
  },
  {
    value: 'SINGLE_STREAM',
    name: 'Single stream',
    help: 'One review at a time: the latency that a lone caller sees.',
  },
  {
    value: 'CONCURRENCY',
    name: 'Concurrency',
    help: 'So many clients at once, each of which waits for its answer: how latency grows with load.',
  },
  {
    value: 'SERVER',
    name: 'Server',
    help: 'Reviews arrive at random at a given rate, whether or not those before are answered. Finds the highest rate under a latency bound.',
  },
] as const;

export const initialForm = (models: string[]): BenchmarkForm => ({
  models,
  dataset: 'sample',
  split: 'TEST',
  reviews: '',
  scenarios: ['OFFLINE', 'SINGLE_STREAM'],
  latencyBoundMs: '',
  percentile: '99',
  concurrencies: ['1', '4', '16', '64'],
  rates: [],
  queries: '',
  tailMargin: '',
  seed: '',
});

const positive = (text: string): boolean => Number(text) > 0;

export const rules = {
  models: (models: string[]) => (models.length === 0 ? 'Choose at least one model.' : null),
  dataset: (dataset: string) => (dataset ? null : 'Choose a dataset.'),
  concurrencies: (values: string[], { scenarios }: BenchmarkForm) =>
    scenarios.includes('CONCURRENCY') &&
    !(values.length > 0 && values.every((each) => Number.isInteger(Number(each)) && positive(each)))
      ? 'Whole numbers above 0, such as 1, 4 and 16.'
      : null,
  rates: (values: string[], { scenarios, latencyBoundMs }: BenchmarkForm) => {
    if (!scenarios.includes('SERVER')) return null;
    if (values.length === 0 && latencyBoundMs === '') return 'Give rates here, or a latency bound above.';
    return values.every(positive) ? null : 'Numbers above 0, such as 50 and 100.';
  },
};

const optional = (value: OptionalNumber): number | null => (value === '' ? null : Number(value));

export function inputOf(form: BenchmarkForm): StartBenchmarkInput {
  const server = form.scenarios.includes('SERVER');
  const numbers = {
    reviews: optional(form.reviews),
    queries: optional(form.queries),
    tailMargin: optional(form.tailMargin),
    seed: optional(form.seed),
    latencyBoundMs: server ? optional(form.latencyBoundMs) : null,
  };
  return {
    models: form.models,
    dataset: form.dataset,
    split: form.split,
    scenarios: form.scenarios as NonNullable<StartBenchmarkInput['scenarios']>,
    percentile: Number(form.percentile),
    ...(form.scenarios.includes('CONCURRENCY') && { concurrencies: form.concurrencies.map(Number) }),
    ...(server && form.rates.length > 0 && { rates: form.rates.map(Number) }),
    // What was left empty is left out, so that the server's defaults hold.
    ...Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== null)),
  };
}
