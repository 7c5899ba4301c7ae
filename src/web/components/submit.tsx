/** The end of a form that starts something: why it was not started, and the button. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle, IconPlayerPlay } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { CombinedError } from 'urql';
import { messageOf } from '../api/client.ts';

export function Submit({
  label,
  busy,
  error,
  children,
}: {
  label: string;
  busy: boolean;
  error: CombinedError | null | undefined;
  /** What will come of it, beside the button. */
  children?: ReactNode;
}) {
  return (
    <>
      {error && (
        <Alert
          color="red"
          variant="light"
          icon={<IconAlertTriangle />}
          title="It was not started"
          role="alert"
        >
          {messageOf(error)}
        </Alert>
      )}
      <Group gap="md">
        <Button type="submit" loading={busy} leftSection={<IconPlayerPlay size={16} aria-hidden />}>
          {label}
        </Button>
        {children && (
          <Text size="sm" aria-live="polite">
            {children}
          </Text>
        )}
      </Group>
    </>
  );
}
