/** One benchmark: its models side by side, their charts, and what to take away. */
import { Anchor, SimpleGrid, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useQuery } from 'urql';
import { BenchmarkPageDocument, type BenchmarkPageQuery } from '../../api/operations.ts';
import { count, dateTime, milliseconds, words } from '../../components/format.ts';
import { Page, Section } from '../../components/page.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { AccuracyChart } from './accuracyChart.tsx';
import { ComparisonsTable } from './comparisonsTable.tsx';
import { CurveChart } from './curveChart.tsx';
import { CurveTable } from './curveTable.tsx';
import { EntriesTable } from './entriesTable.tsx';
import { LinkButton } from '../../components/share.tsx';
import { ExportMenu } from './exportButtons.tsx';
import { Fold } from '../../components/fold.tsx';
import { hasTail, type BenchmarkReport } from './report.ts';

export default function BenchmarkPage({ id }: { id: string }) {
  const [result, refetch] = useQuery({ query: BenchmarkPageDocument, variables: { id } });
  const report = result.data?.benchmark;
  return (
    <Page
      title="Benchmark"
      lead={
        report
          ? `${report.entries.length} ${report.entries.length === 1 ? 'model' : 'models'} on ${count(report.reviews)} ${words(report.split)} reviews of ${report.dataset}`
          : 'Accuracy beside latency, on the same reviews and the same machine.'
      }
      actions={
        <>
          <LinkButton />
          {report && <ExportMenu id={id} report={report} />}
        </>
      }
    >
      <Loaded result={result} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={12}>
        {({ run, benchmark }) => (benchmark ? <Report report={benchmark} run={run} /> : <NotYet run={run} />)}
      </Loaded>
    </Page>
  );
}

function NotYet({ run: { id, state } }: { run: BenchmarkPageQuery['run'] }) {
  return (
    <Empty title="There is no report">
      This run is {words(state)}; a report comes when it has succeeded.{' '}
      <Anchor component={Link} href={`/runs/${id}`} underline="always" inherit>
        See how it goes
      </Anchor>
    </Empty>
  );
}

function Report({ report, run }: { report: BenchmarkReport; run: BenchmarkPageQuery['run'] }) {
  const { entries, comparisons } = report;
  const timed = entries.some(({ latency }) => latency !== null);
  const loaded = entries.some(({ curve }) => curve.length > 0);
  const tailed = hasTail(report);
  return (
    <>
      <Section title="Models">
        <EntriesTable report={report} />
      </Section>
      {timed && (
        <Section title="Accuracy against latency">
          <Text size="sm" mb="sm">
            One review at a time. Bars are 95 % intervals of the accuracy; the upper left is best.
          </Text>
          <AccuracyChart entries={entries} />
        </Section>
      )}
      {loaded && (
        <Section title="Latency under load">
          <Text size="sm" mb="sm">
            {tailed
              ? `Solid lines are the median, dashed ones p${report.percentile}. `
              : `The median; too few queries were timed to tell p${report.percentile}. `}
            Further right and lower is better.
          </Text>
          <Stack>
            <CurveChart report={report} />
            <Fold title="The numbers of this chart">{() => <CurveTable report={report} />}</Fold>
          </Stack>
        </Section>
      )}
      {comparisons.length > 0 && (
        <Section title="Comparisons">
          <ComparisonsTable comparisons={comparisons} />
        </Section>
      )}
      <Section title="How it was measured">
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} component="dl" m={0}>
          <Fact name="Machine">{report.machine}</Fact>
          <Fact name="Workers and threads">
            {report.workers} {report.workers === 1 ? 'worker' : 'workers'}, {report.threads}{' '}
            {report.threads === 1 ? 'thread' : 'threads'} each
          </Fact>
          <Fact name="Reviews">
            {count(report.reviews)} of {report.dataset}, {words(report.split)} part
          </Fact>
          <Fact name="Latency bound">
            {report.latencyBoundMs === null
              ? 'none'
              : `p${report.percentile} within ${milliseconds(report.latencyBoundMs)}`}
          </Fact>
          <Fact name="Measured">{dateTime(run.endedAt ?? run.createdAt)}</Fact>
          <Fact name="Run">
            <Anchor component={Link} href={`/runs/${run.id}`} underline="always" size="sm">
              Its settings and events
            </Anchor>
          </Fact>
        </SimpleGrid>
      </Section>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {name}
      </Text>
      <Text component="dd" size="sm" m={0}>
        {children}
      </Text>
    </div>
  );
}
