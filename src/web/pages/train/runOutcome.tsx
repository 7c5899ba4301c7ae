/** What became of a run: the model or the report that it published, or why it failed. */
import { Alert, Anchor, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { RunDetailsFragment, RunState } from '../../api/operations.ts';
import { modelPath } from '../../components/modelLink.tsx';

/** The title in the page's ink: the alert's own does not stand out enough from its ground. */
const title = { title: { color: 'var(--mantine-color-text)' } };

export function RunOutcome({ run, state }: { run: RunDetailsFragment; state: RunState }) {
  if (state === 'FAILED')
    return (
      <Alert
        color="red"
        variant="light"
        styles={title}
        icon={<IconAlertTriangle />}
        title="The run failed"
        role="alert"
      >
        <Text size="sm">{run.error?.message ?? 'It told no reason.'}</Text>
        {run.error && (
          <Text size="sm" ff="monospace" mt={4}>
            {run.error.code}
          </Text>
        )}
      </Alert>
    );
  if (state === 'CANCELLED')
    return (
      <Alert color="gray" variant="light" styles={title} icon={<IconCircleX />} title="The run was cancelled">
        Resume goes on from its last checkpoint, or from its start where there is none.
      </Alert>
    );
  const published = publishedBy(run);
  if (state !== 'SUCCEEDED' || !published) return null;
  return (
    <Alert color="teal" variant="light" styles={title} icon={<IconCircleCheck />} title="The run succeeded">
      {published.says}{' '}
      <Anchor component={Link} href={published.href} underline="always" c="inherit" fw={600} size="sm">
        {published.name}
      </Anchor>
    </Alert>
  );
}

function publishedBy({ kind, id, model }: RunDetailsFragment) {
  if (kind === 'BENCHMARK') return { says: 'Its report:', href: `/benchmarks/${id}`, name: 'the benchmark' };
  if (!model) return null;
  return {
    says: 'It published the model',
    href: modelPath(model.reference),
    name: model.reference,
  };
}
