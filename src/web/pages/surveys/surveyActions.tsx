/** What can be done with a survey: cancel it, go on with it, add seeds to it. */
import { Button, Group, Modal, Stack, TagsInput, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconPlayerPlay, IconPlayerStop, IconPlus } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import { useMutation } from 'urql';
import {
  SurveyPageCancelDocument,
  SurveyPageExtendDocument,
  SurveyPageResumeDocument,
  type SurveyPageStateFragment,
} from '../../api/operations.ts';
import { Refusal } from '../../components/states.tsx';

interface Props {
  readonly survey: SurveyPageStateFragment;
  /** It goes on, so its progress is to be followed anew. */
  readonly onStarted: () => void;
}

export function SurveyActions({ survey, onStarted }: Props) {
  const { state, progress } = survey;
  const unfinished = progress.counts.succeeded < progress.counts.planned;
  if (state === 'RUNNING') return <CancelButton survey={survey} />;
  return (
    <>
      {(state !== 'SUCCEEDED' || unfinished) && <ResumeButton survey={survey} onStarted={onStarted} />}
      <SeedsButton survey={survey} onStarted={onStarted} />
    </>
  );
}

function CancelButton({ survey: { id, name } }: Pick<Props, 'survey'>) {
  const [opened, { open, close }] = useDisclosure(false);
  const [{ fetching, error }, cancel] = useMutation(SurveyPageCancelDocument);
  const confirm = async () => {
    const { data } = await cancel({ id });
    if (!data) return;
    close();
    notifications.show({ message: 'The survey was cancelled. What it published stays.' });
  };
  return (
    <>
      <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={open}>
        Cancel
      </Button>
      <Modal opened={opened} onClose={close} title={`Cancel ${name}?`} centered>
        <Stack>
          <Text size="sm">Its runs end. Models that it has published stay, and it can be resumed.</Text>
          <Refusal error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it running
            </Button>
            <Button color="red" loading={fetching} onClick={confirm}>
              Cancel the survey
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

function ResumeButton({ survey: { id }, onStarted }: Props) {
  const [{ fetching, error }, resume] = useMutation(SurveyPageResumeDocument);
  const start = async () => {
    const { data } = await resume({ id });
    if (!data) return;
    notifications.show({ color: 'green', message: 'The survey goes on.' });
    onStarted();
  };
  return (
    <>
      <Refusal error={error} p="xs" />
      <Button loading={fetching} leftSection={<IconPlayerPlay size={16} />} onClick={start}>
        Resume
      </Button>
    </>
  );
}

function SeedsButton({ survey: { id, specification }, onStarted }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  const [{ fetching, error }, extend] = useMutation(SurveyPageExtendDocument);
  const had = Array.isArray(specification.seeds) ? specification.seeds.map(Number) : [];
  const [seeds, setSeeds] = useState<string[]>([]);
  const wrong = seeds.some((seed) => !/^\d+$/.test(seed));
  const add = async (event: FormEvent) => {
    event.preventDefault();
    const { data } = await extend({ id, input: { seeds: seeds.map(Number) } });
    if (!data) return;
    close();
    setSeeds([]);
    notifications.show({ color: 'green', message: 'The survey goes on with more seeds.' });
    onStarted();
  };
  return (
    <>
      <Button variant="default" leftSection={<IconPlus size={16} />} onClick={open}>
        Add seeds
      </Button>
      <Modal opened={opened} onClose={close} title="Add seeds" centered>
        <form onSubmit={add}>
          <Stack>
            <TagsInput
              label="Seeds"
              description={`Each trains every student once more. So far: ${had.join(', ')}.`}
              placeholder={seeds.length === 0 ? `such as ${Math.max(0, ...had) + 1}` : ''}
              splitChars={[',', ' ']}
              acceptValueOnBlur
              value={seeds}
              onChange={setSeeds}
              error={wrong ? 'Whole numbers, such as 4.' : undefined}
              data-autofocus
            />
            <Refusal error={error} />
            <Button type="submit" loading={fetching} disabled={wrong || seeds.length === 0}>
              Add them and go on
            </Button>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
