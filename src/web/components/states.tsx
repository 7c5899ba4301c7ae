/** What a page shows while it waits, where something failed, and where there is nothing yet. */
import { Alert, type AlertProps, Button, Group, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconAlertTriangle, IconFlask2 } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { codeOf, messageOf } from '../api/client.ts';

/** @param rows of about the height that the content will have, so that nothing jumps when it comes */
export function Loading({ rows = 6 }: { rows?: number }) {
  return (
    <Stack aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} height={36} />
      ))}
    </Stack>
  );
}

export function Failure({ error, onRetry }: { error: CombinedError; onRetry?: () => void }) {
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title="That did not work" role="alert">
      <Text size="sm">{messageOf(error)}</Text>
      <Group mt="xs" gap="sm">
        {onRetry && (
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        )}
        <Text size="xs">{codeOf(error)}</Text>
      </Group>
    </Alert>
  );
}

/** Why an action was refused, beside its button; nothing where it was not. */
export function Refusal({
  error,
  ...look
}: { error: CombinedError | null | undefined } & Pick<AlertProps, 'p' | 'maw'>) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" role="alert" {...look}>
      {messageOf(error)}
    </Alert>
  );
}

/** @param children what to do next: a sentence, and a link or a button */
export function Empty({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" ta="center">
      <ThemeIcon size={48} radius="xl" variant="light">
        <IconFlask2 />
      </ThemeIcon>
      <Text fw={600}>{title}</Text>
      <Text component="div" c="dimmed" size="sm" maw={420}>
        {children}
      </Text>
    </Stack>
  );
}

/** Content of a query: waiting, failed, or there. What was there stays while it is asked for again. */
export function Loaded<Data>({
  result: { data, error, fetching },
  onRetry,
  rows,
  children,
}: {
  result: { data?: Data | undefined; error?: CombinedError | undefined; fetching: boolean };
  onRetry?: () => void;
  rows?: number;
  children: (data: Data) => ReactNode;
}) {
  if (data) return children(data);
  if (error) return <Failure error={error} {...(onRetry && { onRetry })} />;
  return fetching ? <Loading {...(rows !== undefined && { rows })} /> : null;
}
