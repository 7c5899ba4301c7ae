/** How fast a model was when it was published. */
import { Text } from '@mantine/core';
import type { ModelCardFragment } from '../../api/operations.ts';
import { count, milliseconds } from '../../components/format.ts';
import { FactsTable, type Fact } from './factsTable.tsx';

export function LatencyFacts({ latency }: { latency: ModelCardFragment['latency'] }) {
  if (!latency) return <Text size="sm">It has not been measured: a benchmark does that.</Text>;
  const { samples, p50Ms, p90Ms, p95Ms, p99Ms, meanMs, reviewsPerSecond, threads, machine } = latency;
  const facts: Fact[] = (
    [
      ['p50 (half took no longer)', p50Ms],
      ['p90', p90Ms],
      ['p95', p95Ms],
      ['p99', p99Ms],
      ['Mean', meanMs],
    ] as const
  ).map(([name, ms]) => [name, ms === null ? null : milliseconds(ms)]);
  return (
    <>
      <FactsTable
        label="Latency of one review"
        numeric
        facts={[...facts, ['In batches', `${count(reviewsPerSecond)} reviews/s`]]}
      />
      <Text size="xs" mt="sm">
        Tokenising included, over {count(samples)} reviews with {threads}{' '}
        {threads === 1 ? 'thread' : 'threads'} on {machine}.
      </Text>
    </>
  );
}
