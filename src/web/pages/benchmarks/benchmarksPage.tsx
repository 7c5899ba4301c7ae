/** Starts benchmarks and lists those that were run. */
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { useSearchParams } from 'wouter';
import { BenchmarksChoicesDocument } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { BenchmarkList } from './benchmarkList.tsx';
import { BenchmarkStart } from './benchmarkStart.tsx';

export default function BenchmarksPage() {
  const [search] = useSearchParams();
  const [choices, refetch] = useQuery({ query: BenchmarksChoicesDocument });
  const asked = search.get('models') ?? '';
  const chosen = useMemo(() => [...new Set(asked.split(',').filter(Boolean))], [asked]);
  return (
    <Page
      title="Benchmarks"
      lead="Measures models on the same reviews and the same machine: accuracy beside latency and throughput."
    >
      <Section title="Start a benchmark">
        <Loaded result={choices} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={8}>
          {(data) => <BenchmarkStart key={asked} choices={data} chosen={chosen} />}
        </Loaded>
      </Section>
      <Section title="Benchmarks so far">
        <BenchmarkList />
      </Section>
    </Page>
  );
}
