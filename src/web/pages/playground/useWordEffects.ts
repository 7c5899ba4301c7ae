/** Asks a model about a text without each of its words, while the panel that shows it is open. */
import { useDebouncedValue } from '@mantine/hooks';
import { useCallback, useEffect, useState } from 'react';
import { useClient, type CombinedError } from 'urql';
import { PlaygroundVariantsDocument } from '../../api/operations.ts';
import { effectsOf, leftOut, requestsOf, wordGroups, type WordEffect } from './occlusion.ts';

/** Milliseconds without a keystroke; longer than for a plain answer, since many texts are asked about. */
const pauseMs = 600;

/** Texts of a request, where the server allows as many: a large model on a long review takes seconds for all. */
const textsAtOnce = 32;

export interface Explanation {
  readonly text: string;
  readonly model: string;
  /** Probability of positive of the whole text. */
  readonly positive: number;
  readonly effects: readonly WordEffect[];
}

export interface ExplanationState {
  /** Of this text and this model; undefined until their answers are there. */
  readonly explanation: Explanation | undefined;
  readonly error: CombinedError | undefined;
  readonly fetching: boolean;
  /** Share of the texts that have been answered, while there are some under way. */
  readonly done: number;
  readonly retry: () => void;
}

interface Options {
  readonly text: string;
  readonly model: string | undefined;
  /** Nothing is asked while it is closed. */
  readonly open: boolean;
  readonly isValid: (text: string) => boolean;
  readonly limits: { readonly textsPerRequest: number; readonly bodyBytes: number };
}

export function useWordEffects({ text, model, open, isValid, limits }: Options): ExplanationState {
  const client = useClient();
  const [settled] = useDebouncedValue(text, pauseMs);
  const [attempt, setAttempt] = useState(0);
  const [explanation, setExplanation] = useState<Explanation>();
  const [error, setError] = useState<CombinedError>();
  const [fetching, setFetching] = useState(false);
  const [done, setDone] = useState(0);
  const { textsPerRequest, bodyBytes } = limits;
  const askable = open && isValid(settled);

  useEffect(() => {
    const groups = wordGroups(settled);
    // Without a second word nothing would be left to classify.
    if (!askable || model === undefined || groups.length < 2) {
      setExplanation(undefined);
      setError(undefined);
      return void setFetching(false);
    }
    let stale = false;
    const ask = async () => {
      setFetching(true);
      setDone(0);
      setError(undefined);
      const texts = [settled, ...groups.map((group) => leftOut(settled, group))];
      const answers = [];
      // One after the other: the answers of the table shall not wait behind all of them.
      const bounds = { textsPerRequest: Math.min(textsAtOnce, textsPerRequest), bodyBytes };
      for (const request of requestsOf(texts, bounds)) {
        const { data, error: failed } = await client
          .query(PlaygroundVariantsDocument, { texts: request, model }, { requestPolicy: 'network-only' })
          .toPromise();
        if (stale) return;
        if (!data) {
          setError(failed);
          return void setFetching(false);
        }
        answers.push(...data.classifyMany.map(({ probabilities }) => probabilities));
        setDone(answers.length / texts.length);
      }
      const effects = effectsOf(settled, groups, answers);
      setExplanation({ text: settled, model, positive: answers[0]!.positive, effects });
      setFetching(false);
    };
    void ask();
    return () => {
      stale = true;
    };
  }, [client, settled, model, askable, attempt, textsPerRequest, bodyBytes]);

  const retry = useCallback(() => setAttempt((before) => before + 1), []);
  const current = explanation?.text === text && explanation.model === model ? explanation : undefined;
  return { explanation: current, error, fetching: open && (fetching || settled !== text), done, retry };
}
