/** Follows a run from its first event, over reloads and lost connections, without a gap. */
import { print } from '@0no-co/graphql.web';
import { useEffect, useState } from 'react';
import { socket, wordsOfClose } from './client.ts';
import {
  OnRunProgressDocument,
  type OnRunProgressSubscription,
  type OnRunProgressSubscriptionVariables,
} from './operations.ts';

export type RunEvent = OnRunProgressSubscription['onTrainingProgress'];

export interface RunProgress {
  /** In their order, each once. */
  readonly events: readonly RunEvent[];
  readonly error: string | null;
}

const query = print(OnRunProgressDocument);
/** Events come by the hundred where a run is opened late: they are shown together. */
const renderMs = 100;

/**
 * @param runId null follows nothing
 * @param again another value subscribes anew, as after a run was resumed
 */
export function useRunProgress(runId: string | null, again: unknown = null): RunProgress {
  const [progress, setProgress] = useState<RunProgress>({ events: [], error: null });
  useEffect(() => {
    if (runId === null) return;
    const events: RunEvent[] = [];
    let timer: ReturnType<typeof setTimeout> | null = null;
    const show = () => {
      timer ??= setTimeout(() => {
        timer = null;
        setProgress({ events: [...events], error: null });
      }, renderMs);
    };
    // Read anew whenever the socket subscribes again, so that it goes on after the last event that came.
    const variables: OnRunProgressSubscriptionVariables = {
      runId,
      get after() {
        return events.at(-1)?.sequence ?? 0;
      },
    };
    const stop = socket.subscribe<OnRunProgressSubscription>(
      { query, variables: variables as unknown as Record<string, unknown> },
      {
        next: ({ data, errors }) => {
          if (errors) setProgress({ events: [...events], error: errors[0]?.message ?? 'unknown error' });
          if (!data) return;
          const event = data.onTrainingProgress;
          if (event.sequence <= (events.at(-1)?.sequence ?? 0)) return;
          events.push(event);
          show();
        },
        error: (error) => setProgress({ events: [...events], error: wordsOfClose(error) }),
        complete: show,
      },
    );
    return () => {
      if (timer) clearTimeout(timer);
      stop();
    };
  }, [runId, again]);
  return progress;
}
