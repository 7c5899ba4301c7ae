/** Starts a survey of any size from a JSON text: the input of startSurvey, as docs/survey/survey.json holds one. */
import { Button, Group, JsonInput, Stack, Text } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';
import type { StartSurveyInput } from '../../api/operations.ts';
import { initialForm, inputOf } from './surveyForm.ts';

export function SurveyJson({ busy, onStart }: { busy: boolean; onStart: (input: StartSurveyInput) => void }) {
  const [text, setText] = useState(() => JSON.stringify({ ...inputOf(initialForm), name: 'small' }, null, 2));
  const [problem, setProblem] = useState<string | null>(null);
  const start = (event: FormEvent) => {
    event.preventDefault();
    try {
      const input: unknown = JSON.parse(text);
      if (typeof input !== 'object' || input === null || Array.isArray(input)) {
        throw new Error('It has to be an object: { "name": …, "grids": [ … ] }.');
      }
      setProblem(null);
      // What is in it is for the server to check: it names each field that is wrong.
      onStart(input as StartSurveyInput);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <form onSubmit={start} aria-label="Start a survey from JSON">
      <Stack>
        <Text size="sm">
          Several grids, amounts of labelled and unlabelled reviews, published figures and settings of each
          network: everything that startSurvey takes. The survey of the README is docs/survey/survey.json.
        </Text>
        <JsonInput
          label="Survey as JSON"
          value={text}
          onChange={setText}
          error={problem}
          autosize
          minRows={12}
          maxRows={28}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <Group>
          <Button type="submit" loading={busy} leftSection={<IconPlayerPlay size={16} />}>
            Start the survey
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
