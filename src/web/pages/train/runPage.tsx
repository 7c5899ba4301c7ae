/** One run, live: how far it is, its curves beside another run's, its epochs, and what became of it. */
import { Anchor } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { RunPageDocument, type RunDetailsFragment } from '../../api/operations.ts';
import { useRunProgress } from '../../api/useRunProgress.ts';
import { dateTime } from '../../components/format.ts';
import { Page } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { curvesOf } from './curves.ts';
import { RunActions } from './runActions.tsx';
import { RunConfiguration } from './runConfiguration.tsx';
import { RunCurves } from './runCurves.tsx';
import { kindNames, runName, StateBadge } from '../../components/run.tsx';
import { RunOutcome } from './runOutcome.tsx';
import { RunStatus } from './runStatus.tsx';

const noEpochs: RunDetailsFragment['epochs'] = [];

export default function RunPage({ id }: { id: string }) {
  const [result, ask] = useQuery({ query: RunPageDocument, variables: { id } });
  const run = result.data?.run;
  /** The last event before the run was resumed here; 0 if it was not. */
  const [resumedAfter, setResumedAfter] = useState(0);
  const { events, error: streamError } = useRunProgress(id, resumedAfter);
  const latest = events.at(-1);
  const refresh = () => ask({ requestPolicy: 'network-only' });

  // The stream tells that something changed; the query has what no event carries: F1, the model, the error.
  const ends = useMemo(() => events.filter((event) => event.validationAccuracy !== null).length, [events]);
  const known = latest && `${latest.state} ${ends}`;
  const refreshed = useRef(refresh);
  refreshed.current = refresh;
  useEffect(() => {
    if (known !== undefined) refreshed.current();
  }, [known]);

  const curves = useMemo(() => curvesOf(events, run?.epochs ?? noEpochs), [events, run?.epochs]);

  return (
    <Page
      title={run ? `${kindNames[run.kind]}: ${runName(run)}` : 'Run'}
      lead={run && <Dates run={run} />}
      {...(run && {
        actions: (
          <>
            <StateBadge state={stateOf(run, latest, resumedAfter)} />
            <RunActions
              id={id}
              state={stateOf(run, latest, resumedAfter)}
              onResumed={() => setResumedAfter(latest?.sequence ?? 0)}
            />
          </>
        ),
      })}
    >
      <Loaded result={result} onRetry={refresh} rows={10}>
        {({ run: there }) => {
          const state = stateOf(there, latest, resumedAfter);
          return (
            <>
              <RunOutcome run={there} state={state} />
              <RunStatus
                run={there}
                state={state}
                events={events}
                curves={curves}
                streamError={streamError}
              />
              {hasCurves(there) && <RunCurves run={there} curves={curves} state={state} />}
              <RunConfiguration run={there} />
            </>
          );
        }}
      </Loaded>
      <Anchor component={Link} href="/train" underline="always" size="sm" style={{ alignSelf: 'flex-start' }}>
        All runs
      </Anchor>
    </Page>
  );
}

/** Events are newer than the query, but for a run that was resumed and has not told anything since. */
function stateOf(
  run: RunDetailsFragment,
  latest: { state: RunDetailsFragment['state']; sequence: number } | undefined,
  resumedAfter: number,
): RunDetailsFragment['state'] {
  if (!latest || (resumedAfter > 0 && latest.sequence <= resumedAfter)) return run.state;
  return latest.state;
}

const hasCurves = ({ kind }: RunDetailsFragment) =>
  kind === 'TEACHER' || kind === 'STUDENT' || kind === 'DISTILLATION';

function Dates({ run }: { run: RunDetailsFragment }) {
  const ended = run.endedAt === null ? '' : ` · ended ${dateTime(run.endedAt)}`;
  return <>{`Created ${dateTime(run.createdAt)}${ended}`}</>;
}
