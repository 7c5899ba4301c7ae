/** Starts a survey of any size from a JSON text: the input of startSurvey, as docs/survey/survey.json holds one. */
import { JsonInput, Stack, Text } from '@mantine/core';
import { useState, type FormEvent } from 'react';
import type { CombinedError } from 'urql';
import type { StartSurveyInput } from '../../api/operations.ts';
import { Submit } from '../../components/submit.tsx';
import { initialForm, inputOf } from './surveyForm.ts';

export function SurveyJson({
  busy,
  error,
  onStart,
}: {
  busy: boolean;
  error: CombinedError | undefined;
  onStart: (input: StartSurveyInput) => void;
}) {
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
    } catch (fault) {
      setProblem(fault instanceof Error ? fault.message : String(fault));
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
        <Submit label="Start the survey" busy={busy} error={error} />
      </Stack>
    </form>
  );
}
