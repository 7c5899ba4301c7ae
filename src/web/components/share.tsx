/** What is taken away from a page: its link, and files of the server's. */
import { Button, CopyButton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconCheck, IconLink } from '@tabler/icons-react';
import { download } from '../api/client.ts';

export function LinkButton() {
  return (
    <CopyButton value={location.href}>
      {({ copied, copy }) => (
        <Button
          variant="default"
          leftSection={copied ? <IconCheck size={16} /> : <IconLink size={16} />}
          onClick={copy}
        >
          {copied ? 'Copied' : 'Copy link'}
        </Button>
      )}
    </CopyButton>
  );
}

/** Downloads, and tells where that failed. */
export function save(path: string, fileName: string): void {
  download(path, fileName).catch((error: unknown) =>
    notifications.show({
      color: 'red',
      title: 'That did not work',
      message: error instanceof Error ? error.message : 'The server does not answer. Is it running?',
    }),
  );
}
