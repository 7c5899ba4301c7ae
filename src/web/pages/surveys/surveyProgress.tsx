/** How far a survey is: its runs counted, the time left, and what goes on now. */
import { Alert, Anchor, Group, Progress, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { SurveyProgressNowFragment } from '../../api/operations.ts';
import { count, duration, words } from '../../components/format.ts';
import { StateBadge } from '../../components/run.tsx';
import { Scroll } from '../../components/scroll.tsx';

type Runs = SurveyProgressNowFragment['runs'];

export function SurveyProgressView({
  progress,
  failed,
  error,
}: {
  progress: SurveyProgressNowFragment;
  failed: Runs;
  error: string | null;
}) {
  const { counts, analysing, secondsLeft, state } = progress;
  const running = progress.runs.filter((run) => run.state === 'RUNNING');
  const ended = counts.succeeded + counts.failed + counts.cancelled;
  const share = counts.planned > 0 ? (100 * ended) / counts.planned : 0;
  return (
    <Stack>
      <div>
        <Group justify="space-between" mb={6}>
          <Text size="sm" fw={600} aria-live="polite">
            {count(ended)} of {count(counts.planned)} runs
            {analysing && ', now measuring their models'}
          </Text>
          {state === 'RUNNING' && secondsLeft !== null && !analysing && (
            <Text size="sm">about {duration(secondsLeft)} left</Text>
          )}
        </Group>
        <Progress.Root size="lg">
          <Progress.Section
            value={(100 * counts.succeeded) / Math.max(1, counts.planned)}
            color="green"
            aria-label={`${Math.round(share)} % of the runs have ended`}
          />
          <Progress.Section
            value={(100 * counts.failed) / Math.max(1, counts.planned)}
            color="red"
            aria-hidden
          />
        </Progress.Root>
      </div>
      <SimpleGrid cols={{ base: 3, sm: 6 }} spacing="xs">
        {(['waiting', 'queued', 'running', 'succeeded', 'failed', 'cancelled'] as const).map((name) => (
          <div key={name}>
            <Text size="xl" fw={650} lh={1.2} style={{ fontVariantNumeric: 'tabular-nums' }}>
              {count(counts[name])}
            </Text>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
          </div>
        ))}
      </SimpleGrid>
      {error && (
        <Alert color="yellow" variant="outline" role="alert">
          {error}
        </Alert>
      )}
      {state === 'RUNNING' && running.length > 0 && <RunningRuns runs={running} />}
      {failed.length > 0 && <FailedRuns runs={failed} />}
    </Stack>
  );
}

function RunningRuns({ runs }: { runs: Runs }) {
  return (
    <Scroll label="Running now" minWidth={560}>
      <Table aria-label="Running now">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Running now</Table.Th>
            <Table.Th>Phase</Table.Th>
            <Table.Th style={{ width: '35%' }}>Progress</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map(({ key, runId, title, latest }) => {
            const done = latest?.total ? Math.min(100, (100 * (latest.step ?? 0)) / latest.total) : null;
            return (
              <Table.Tr key={key}>
                <Table.Td>
                  <RunLink id={runId} title={title} />
                </Table.Td>
                <Table.Td>{latest ? words(latest.phase) : '–'}</Table.Td>
                <Table.Td>
                  {done !== null && (
                    <Group gap="xs" wrap="nowrap">
                      <Progress value={done} style={{ flex: 1 }} aria-label={`Progress of ${title}`} />
                      <Text size="xs" className="numeric" w={40}>
                        {Math.round(done)} %
                      </Text>
                    </Group>
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

function FailedRuns({ runs }: { runs: Runs }) {
  return (
    <Stack gap={6} component="ul" m={0} pl={0} aria-label="Failed runs" style={{ listStyle: 'none' }}>
      {runs.map(({ key, runId, title, state, latest }) => (
        <Group key={key} component="li" gap="sm">
          <StateBadge state={state} />
          <RunLink id={runId} title={title} />
          {latest?.message && <Text size="sm">{latest.message}</Text>}
        </Group>
      ))}
    </Stack>
  );
}

function RunLink({ id, title }: { id: string; title: string }) {
  return (
    <Anchor component={Link} href={`/runs/${id}`} underline="always" size="sm">
      {title}
    </Anchor>
  );
}
