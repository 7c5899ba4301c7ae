/** Follows a survey while it runs; every message is whole, so a lost connection loses nothing. */
import { print } from '@0no-co/graphql.web';
import { useEffect, useState } from 'react';
import { socket, wordsOfClose } from '../../api/client.ts';
import {
  SurveyPageProgressDocument,
  type SurveyPageProgressSubscription,
  type SurveyProgressNowFragment,
} from '../../api/operations.ts';

export interface SurveyProgressSoFar {
  readonly latest: SurveyProgressNowFragment | null;
  /** Runs that have failed since the page was opened, each once. */
  readonly failed: SurveyProgressNowFragment['runs'];
  readonly error: string | null;
}

const nothing: SurveyProgressSoFar = { latest: null, failed: [], error: null };
const query = print(SurveyPageProgressDocument);

/**
 * @param surveyId null follows nothing, as when a survey has ended
 * @param again another value subscribes anew, as after a survey was resumed
 * @param onEnd called once, with the end of the survey; a new one is the same in all that matters
 */
export function useSurveyProgress(
  surveyId: string | null,
  again: unknown,
  onEnd: () => void,
): SurveyProgressSoFar {
  const [progress, setProgress] = useState(nothing);
  useEffect(() => {
    setProgress(nothing);
    if (surveyId === null) return;
    return socket.subscribe<SurveyPageProgressSubscription>(
      { query, variables: { id: surveyId } },
      {
        next: ({ data, errors }) => {
          if (errors) setProgress((before) => ({ ...before, error: errors[0]?.message ?? 'unknown error' }));
          if (data) setProgress((before) => withMessage(before, data.onSurveyProgress));
        },
        error: (error) => setProgress((before) => ({ ...before, error: wordsOfClose(error) })),
        complete: onEnd,
      },
    );
  }, [surveyId, again]);
  return progress;
}

function withMessage(
  { failed }: SurveyProgressSoFar,
  latest: SurveyProgressNowFragment,
): SurveyProgressSoFar {
  const byKey = new Map(failed.map((run) => [run.key, run]));
  for (const run of latest.runs) {
    if (run.state === 'FAILED') byKey.set(run.key, run);
    else byKey.delete(run.key);
  }
  return { latest, failed: [...byKey.values()], error: null };
}
