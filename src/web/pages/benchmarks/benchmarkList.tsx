/** The benchmarks that were run, the newest first. */
import { Anchor, Stack, Table, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { BenchmarksPageDocument, type BenchmarksRowFragment } from '../../api/operations.ts';
import { count, dateTime, duration, words } from '../../components/format.ts';
import { PagerButtons, usePager } from '../../components/pager.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { StateBadge } from '../../components/run.tsx';
import { Scroll } from '../../components/scroll.tsx';

export function BenchmarkList() {
  const pager = usePager();
  const [result, refetch] = useQuery({
    query: BenchmarksPageDocument,
    variables: { after: pager.after },
  });
  return (
    <Loaded result={result} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={5}>
      {({ runs }) => {
        if (runs.edges.length === 0) {
          return (
            <Empty title="No benchmark yet">
              Choose models above and start one: a small one takes seconds.
            </Empty>
          );
        }
        return (
          <Stack>
            <Rows runs={runs.edges.map(({ node }) => node)} />
            <PagerButtons pager={pager} pageInfo={runs.pageInfo} />
          </Stack>
        );
      }}
    </Loaded>
  );
}

function Rows({ runs }: { runs: readonly BenchmarksRowFragment[] }) {
  return (
    <Scroll label="Benchmarks" minWidth={720}>
      <Table striped aria-label="Benchmarks">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Started</Table.Th>
            <Table.Th>Models</Table.Th>
            <Table.Th>Dataset</Table.Th>
            <Table.Th>Scenarios</Table.Th>
            <Table.Th className="numeric">Took</Table.Th>
            <Table.Th>State</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => {
            const { models, dataset, split, scenarios } = askedFor(run.configuration);
            const [first = '', ...others] = models;
            return (
              <Table.Tr key={run.id}>
                <Table.Td>
                  <Anchor
                    component={Link}
                    href={run.state === 'SUCCEEDED' ? `/benchmarks/${run.id}` : `/runs/${run.id}`}
                    underline="always"
                    size="sm"
                  >
                    {dateTime(run.createdAt)}
                  </Anchor>
                </Table.Td>
                <Table.Td title={models.join(', ')}>
                  {first}
                  {others.length > 0 && ` and ${count(others.length)} more`}
                </Table.Td>
                <Table.Td>
                  {dataset}, {split}
                </Table.Td>
                <Table.Td>{scenarios.join(', ')}</Table.Td>
                <Table.Td className="numeric">{took(run)}</Table.Td>
                <Table.Td>
                  <StateBadge state={run.state} />
                  {run.error && (
                    <Text size="xs" lineClamp={2} title={run.error.message}>
                      {run.error.message}
                    </Text>
                  )}
                </Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

/** A run's configuration is stored JSON, read with care. */
function askedFor({ models, dataset, split, scenarios }: Record<string, unknown>) {
  const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : []);
  return {
    models: texts(models),
    dataset: String(dataset ?? ''),
    split: words(String(split ?? '')),
    scenarios: texts(scenarios).map((each) => each.replaceAll('-', ' ')),
  };
}

function took({ startedAt, endedAt }: BenchmarksRowFragment): string {
  if (!startedAt || !endedAt) return '–';
  return duration((Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
}
