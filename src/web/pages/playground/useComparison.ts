/** Asks several models about a text while it is being written; only the newest question's answer counts. */
import { useDebouncedValue } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { useClient, type CombinedError } from 'urql';
import { PlaygroundCompareDocument, type PlaygroundCompareQuery } from '../../api/operations.ts';

/** Milliseconds without a keystroke before the models are asked. */
const pauseMs = 250;

export type Answer = PlaygroundCompareQuery['compare'][number] & {
  /** Why this model did not answer. */
  readonly failure: string | null;
};

export interface ComparisonState {
  /** To the newest text that was answered; kept while the next one is under way. */
  readonly answers: readonly Answer[];
  /** Nothing was answered at all. */
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
  readonly retry: () => void;
}

const nothing = { answers: [] as readonly Answer[], error: undefined as CombinedError | undefined };

/** @param isValid whether a text can be classified at all; others are not asked about */
export function useComparison(
  text: string,
  names: readonly string[],
  isValid: (text: string) => boolean,
): ComparisonState {
  const client = useClient();
  const [settledText] = useDebouncedValue(text, pauseMs);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState({ ...nothing, fetching: false });
  const asked = names.join(',');
  // The text may be valid again while the one that has settled is not yet.
  const possible = isValid(text) && asked !== '';
  const askable = possible && isValid(settledText);

  useEffect(() => {
    if (!askable) return void setState({ ...nothing, fetching: false });
    setState((before) => ({ ...before, fetching: true }));
    // Never from the cache: latencies are to be of now.
    const question = client.query(
      PlaygroundCompareDocument,
      { text: settledText, models: asked.split(',') },
      { requestPolicy: 'network-only' },
    );
    const { unsubscribe } = question.subscribe(({ data, error }) => {
      setState((before) =>
        data
          ? { answers: withFailures(data.compare, error), error: undefined, fetching: false }
          : { answers: before.answers, error, fetching: false },
      );
    });
    // Gives the request up, so that a late answer to an older text is never shown.
    return unsubscribe;
  }, [client, settledText, asked, askable, attempt]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  return { ...state, fetching: possible && (state.fetching || settledText !== text), retry };
}

/** Errors name the place of their answer: ["compare", 2, "classification"]. */
function withFailures(
  answers: PlaygroundCompareQuery['compare'],
  error: CombinedError | undefined,
): Answer[] {
  const messageAt = (index: number) =>
    error?.graphQLErrors.find(({ path }) => path?.[1] === index)?.message ?? 'It gave no answer.';
  return answers.map((answer, index) => ({
    ...answer,
    failure: answer.classification ? null : messageAt(index),
  }));
}
