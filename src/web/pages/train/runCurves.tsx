/** Learning curves of a run, with those of another one over them, and the numbers in tables. */
import { SimpleGrid, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { useSearchParams } from 'wouter';
import { RunOverlayDocument, type RunDetailsFragment, type RunState } from '../../api/operations.ts';
import { useRunProgress } from '../../api/useRunProgress.ts';
import { Section } from '../../components/page.tsx';
import { Empty, Failure } from '../../components/states.tsx';
import { curvesOf, type Curves } from './curves.ts';
import { AccuracyChart, CurveLegend, LossChart, type NamedCurves } from './curveCharts.tsx';
import { EpochTable } from './epochTable.tsx';
import { OverlayChoice } from './overlayChoice.tsx';
import { isOver, kindNames, runName } from '../../components/run.tsx';

const nothing: Curves = { loss: [], epochs: [] };

interface RunCurvesProps {
  readonly run: RunDetailsFragment;
  readonly curves: Curves;
  readonly state: RunState;
}

export function RunCurves({ run, curves, state }: RunCurvesProps) {
  const [search, setSearch] = useSearchParams();
  const otherId = search.get('with');
  const choose = (id: string | null) =>
    setSearch(
      (before) => {
        if (id === null) before.delete('with');
        else before.set('with', id);
        return before;
      },
      { replace: true },
    );
  const other = useOverlay(otherId);
  const shown = useMemo(() => {
    const all: NamedCurves[] = [{ name: titleOf(run), curves }];
    if (!other.run) return all;
    const name = titleOf(other.run);
    // Two runs of one name are told apart by the start of their ids.
    const own = name === all[0]!.name ? `${name} (${other.run.id.slice(0, 8)})` : name;
    return [...all, { name: own, curves: other.curves }];
  }, [run, curves, other.run, other.curves]);
  const empty = curves.loss.length === 0 && curves.epochs.length === 0;

  return (
    <Section title="Learning curves" aside={<OverlayChoice run={run} chosen={otherId} onChoose={choose} />}>
      {other.error && <Failure error={other.error} />}
      {empty && !other.run ? (
        <Empty title={isOver(state) ? 'No step was trained' : 'No step yet'}>
          {isOver(state)
            ? 'The run ended before it learnt anything.'
            : 'The curves begin when the training does.'}
        </Empty>
      ) : (
        <Stack gap="lg">
          {shown.length > 1 && <CurveLegend names={shown.map(({ name }) => name)} />}
          <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg">
            <LossChart shown={shown} />
            <AccuracyChart shown={shown} />
          </SimpleGrid>
          {other.run && run.kind !== other.run.kind && (
            <Text size="sm">
              These two learn from different targets, so their losses are not on one scale. Compare the
              accuracies.
            </Text>
          )}
          {shown.map(({ name, curves: { epochs } }) => (
            <EpochTable key={name} name={name} epochs={epochs} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

const titleOf = (run: Parameters<typeof runName>[0] & { kind: RunDetailsFragment['kind'] }): string =>
  `${runName(run)}, ${kindNames[run.kind].toLowerCase()}`;

/** The other run, which may itself go on. */
function useOverlay(id: string | null) {
  const [{ data, error }] = useQuery({
    query: RunOverlayDocument,
    variables: { id: id ?? '' },
    pause: id === null,
  });
  const { events } = useRunProgress(id);
  // What was asked for before is still there while the next one is asked for.
  const run = id !== null && data?.run.id === id ? data.run : null;
  const curves = useMemo(() => {
    if (!run) return nothing;
    return curvesOf(
      events.filter(({ runId }) => runId === run.id),
      run.epochs,
    );
  }, [events, run]);
  return { run, curves, error: id === null ? undefined : error };
}
