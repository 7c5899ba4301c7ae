/** What can be done with a run: cancel it while it goes on, resume it after. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useMutation } from 'urql';
import { RunCancelDocument, RunResumeDocument, type RunState } from '../../api/operations.ts';
import { isOver } from '../../components/run.tsx';
import { Refusal } from '../../components/states.tsx';

export function RunActions({ id, state, onResumed }: { id: string; state: RunState; onResumed: () => void }) {
  if (!isOver(state)) return <Cancel id={id} state={state} />;
  return state === 'SUCCEEDED' ? null : <Resume id={id} onResumed={onResumed} />;
}

function Cancel({ id, state }: { id: string; state: RunState }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [{ fetching, error }, cancel] = useMutation(RunCancelDocument);
  const confirm = async () => {
    const answer = await cancel({ runId: id });
    if (answer.error) return;
    close();
    notifications.show({ message: 'The run is being cancelled.' });
  };
  return (
    <>
      <Button
        variant="default"
        size="sm"
        onClick={open}
        leftSection={<IconPlayerStop size={16} aria-hidden />}
      >
        Cancel
      </Button>
      <Modal opened={opened} onClose={close} title="Cancel this run?" centered>
        <Stack>
          <Text size="sm">
            {state === 'QUEUED'
              ? 'It has not begun. It can be resumed later.'
              : 'It stops at its next step and keeps a checkpoint, so that it can be resumed later.'}
          </Text>
          <Refusal error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Let it go on
            </Button>
            <Button color="red.9" loading={fetching} onClick={() => void confirm()}>
              Cancel the run
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function Resume({ id, onResumed }: { id: string; onResumed: () => void }) {
  const [{ fetching, error }, resume] = useMutation(RunResumeDocument);
  const go = async () => {
    const answer = await resume({ runId: id });
    if (answer.error) return;
    onResumed();
    notifications.show({ message: 'The run is queued again.' });
  };
  return (
    <>
      <Button
        size="sm"
        loading={fetching}
        onClick={() => void go()}
        leftSection={<IconPlayerPlay size={16} aria-hidden />}
      >
        Resume
      </Button>
      <Refusal error={error} p="xs" maw={360} />
    </>
  );
}
