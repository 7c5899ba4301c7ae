/** All runs, the newest first, page by page, kept up to date while some go on. */
import { Anchor, Button, Group, Select, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useQuery } from 'urql';
import { Link, useSearchParams } from 'wouter';
import { TrainRunsDocument, type RunState, type TrainRunRowFragment } from '../../api/operations.ts';
import { dateTime, duration, words } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { Empty, Failure, Loading } from '../../components/states.tsx';
import { usePolling } from '../../components/usePolling.ts';
import { isOver, kindNames, runName, runSeconds, runStates, StateBadge } from '../../components/run.tsx';
import { Scroll } from '../../components/scroll.tsx';

const pageSize = 20;
/** Milliseconds between two looks while a run of the page goes on, and while none does. */
const busyMs = 3_000;
const idleMs = 15_000;

export function RunList() {
  const [search, setSearch] = useSearchParams();
  const state = runStates.find((known) => known === search.get('state')) ?? null;
  const choose = (value: string | null) =>
    setSearch(
      (before) => {
        if (value === null) before.delete('state');
        else before.set('state', value);
        return before;
      },
      { replace: true },
    );
  const filter = (
    <Select
      aria-label="Show runs in state"
      placeholder="All states"
      data={runStates.map((value) => ({ value, label: words(value) }))}
      value={state}
      onChange={choose}
      clearable
      size="sm"
      w={170}
    />
  );
  return (
    <Section title="Runs" aside={filter}>
      <Runs key={state} state={state} />
    </Section>
  );
}

function Runs({ state }: { state: RunState | null }) {
  const [pages, setPages] = useState(1);
  return (
    <RunsPage state={state} after={null} left={pages} first onMore={() => setPages((before) => before + 1)} />
  );
}

interface RunsPageProps {
  readonly state: RunState | null;
  readonly after: string | null;
  /** Pages to show, this one included. */
  readonly left: number;
  readonly first?: boolean;
  readonly onMore: () => void;
}

/** A page and, behind it, the next: that one begins where this one ends now, so that new runs leave no gap. */
function RunsPage({ state, after, left, first = false, onMore }: RunsPageProps) {
  const [{ data, error, fetching }, ask] = useQuery({
    query: TrainRunsDocument,
    variables: { first: pageSize, after, state },
  });
  const refresh = () => ask({ requestPolicy: 'network-only' });
  const runs = data?.runs.edges.map(({ node }) => node) ?? [];
  const busy = runs.some((run) => !isOver(run.state));
  usePolling(refresh, busy ? busyMs : idleMs);

  if (!data)
    return error ? <Failure error={error} onRetry={refresh} /> : fetching ? <Loading rows={4} /> : null;
  if (runs.length === 0 && first)
    return (
      <Empty title={state ? `No run is ${words(state)}` : 'No runs yet'}>
        {state ? 'Choose another state.' : 'Start one above: on the dataset sample it takes seconds.'}
      </Empty>
    );
  const { endCursor, hasNextPage } = data.runs.pageInfo;
  return (
    <>
      <RunTable runs={runs} first={first} />
      {error && <Failure error={error} onRetry={refresh} />}
      {hasNextPage && left > 1 && (
        <RunsPage state={state} after={endCursor} left={left - 1} onMore={onMore} />
      )}
      {hasNextPage && left === 1 && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={onMore}>
            Load more
          </Button>
        </Group>
      )}
    </>
  );
}

const widths = ['38%', '20%', '25%', '17%'];

/** Off the page, yet read out: the table of each further page goes on as if it were one with the first. */
const unseen = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
} as const;

function RunTable({ runs, first }: { runs: readonly TrainRunRowFragment[]; first: boolean }) {
  return (
    <Scroll label={first ? 'Runs' : 'More runs'} minWidth={560}>
      <Table highlightOnHover layout="fixed" aria-label={first ? 'Runs' : 'More runs'}>
        <colgroup>
          {widths.map((width, column) => (
            <col key={column} style={{ width }} />
          ))}
        </colgroup>
        <Table.Thead {...(!first && { style: unseen })}>
          <Table.Tr>
            <Table.Th>Run</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Created</Table.Th>
            <Table.Th className="numeric">Duration</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function RunRow({ run }: { run: TrainRunRowFragment }) {
  const seconds = runSeconds(run);
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/runs/${run.id}`} underline="always" size="sm" fw={500}>
          {runName(run)}
        </Anchor>
        <Text size="xs">{kindNames[run.kind]}</Text>
      </Table.Td>
      <Table.Td>
        <StateBadge state={run.state} />
      </Table.Td>
      <Table.Td>{dateTime(run.createdAt)}</Table.Td>
      <Table.Td className="numeric">{seconds === null ? '–' : duration(seconds)}</Table.Td>
    </Table.Tr>
  );
}
