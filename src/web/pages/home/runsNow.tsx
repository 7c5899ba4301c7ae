/** What runs now and what waits: each with its newest phase. */
import { Anchor, Group, Progress, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { useRunProgress } from '../../api/useRunProgress.ts';
import type { HomeRunFragment } from '../../api/operations.ts';
import { duration, percent, words } from '../../components/format.ts';
import { kindNames, runName } from '../../components/run.tsx';

export function RunsNow({
  running,
  queued,
  moreQueued,
}: {
  running: readonly HomeRunFragment[];
  queued: readonly HomeRunFragment[];
  moreQueued: boolean;
}) {
  if (running.length + queued.length === 0)
    return (
      <Text size="sm">
        Nothing runs at the moment.{' '}
        <Anchor component={Link} href="/train" underline="always">
          Start a run
        </Anchor>
      </Text>
    );
  return (
    <Stack gap="sm" component="ul" m={0} p={0} style={{ listStyle: 'none' }}>
      {running.map((run) => (
        <RunningRun key={run.id} run={run} />
      ))}
      {queued.map((run) => (
        <RunLine key={run.id} run={run} status="queued" />
      ))}
      {moreQueued && (
        <li>
          <Anchor component={Link} href="/train?state=QUEUED" underline="always" size="sm">
            More runs wait
          </Anchor>
        </li>
      )}
    </Stack>
  );
}

function RunLine({
  run,
  status,
  share,
}: {
  run: HomeRunFragment;
  status: string;
  /** Of the phase; null where that is not known. */
  share?: number | null;
}) {
  const name = runName(run);
  return (
    <li>
      <Group justify="space-between" gap="xs">
        <Text size="sm">
          <Anchor component={Link} href={`/runs/${run.id}`} underline="always" fw={500}>
            {name}
          </Anchor>{' '}
          · {kindNames[run.kind]}
        </Text>
        <Text size="sm">{status}</Text>
      </Group>
      {share !== undefined && (
        <Progress
          value={100 * (share ?? 0)}
          mt={4}
          size="sm"
          aria-label={`Progress of ${name} in its phase`}
        />
      )}
    </li>
  );
}

function RunningRun({ run }: { run: HomeRunFragment }) {
  const event = useRunProgress(run.id).events.at(-1);
  if (!event) return <RunLine run={run} status="running" share={null} />;
  const share = event.step !== null && event.total ? Math.min(1, event.step / event.total) : null;
  const status = [
    words(event.phase),
    share === null ? null : percent(share, 0),
    event.secondsLeft === null ? null : `${duration(event.secondsLeft)} left`,
  ];
  return <RunLine run={run} status={status.filter(Boolean).join(' · ')} share={share} />;
}
