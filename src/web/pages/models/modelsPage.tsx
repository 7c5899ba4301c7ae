/** All models: sorted, filtered, chosen for comparison; and the aliases that mean some of them. */
import { Button, Group, Text, VisuallyHidden } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { ModelsRowFragment } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { NoModels } from '../../components/noModels.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { Aliases } from './aliases.tsx';
import { ListFilters } from './listFilters.tsx';
import { listed, useListView } from './listView.ts';
import { ModelsTable } from './modelsTable.tsx';
import { useAllModels } from './useAllModels.ts';

export default function ModelsPage() {
  const [view] = useListView();
  const [round, setRound] = useState(0);
  const again = () => setRound((before) => before + 1);
  const result = useAllModels(view.ofSurveys, round);
  const references = useMemo(() => (result.data ?? []).map(({ reference }) => reference), [result.data]);
  return (
    <Page title="Models" lead="The newest version of every model, with what its card says.">
      <Loaded result={result} onRetry={again} rows={12}>
        {(models) => <List models={models} />}
      </Loaded>
      <Aliases references={references} onSet={again} />
    </Page>
  );
}

function List({ models }: { models: readonly ModelsRowFragment[] }) {
  const [view, change] = useListView();
  const [chosen, choose] = useState<readonly string[]>([]);
  const [, navigate] = useLocation();
  const shown = useMemo(() => listed(models, view), [models, view]);
  const datasets = useMemo(
    () => [...new Set(models.flatMap(({ dataset }) => (dataset ? [dataset.name] : [])))].sort(),
    [models],
  );
  if (models.length === 0)
    return (
      <Section title="All models">
        <NoModels />
      </Section>
    );
  const compare = (
    <Group gap="sm">
      <Text size="sm" aria-live="polite">
        {chosen.length === 2 ? 'Two are chosen' : `Choose two to compare (${chosen.length} of 2)`}
      </Text>
      <Button
        size="xs"
        disabled={chosen.length !== 2}
        onClick={() => navigate(`/differences?models=${chosen.map(encodeURIComponent).join(',')}`)}
      >
        Compare answers
      </Button>
    </Group>
  );
  return (
    <Section title="All models" aside={compare}>
      <ListFilters view={view} datasets={datasets} onChange={change} />
      {shown.length === 0 ? (
        <Empty title="No model is like that">
          <Button
            variant="default"
            size="xs"
            onClick={() => change({ q: null, method: null, dataset: null })}
          >
            Show all models
          </Button>
        </Empty>
      ) : (
        <ModelsTable
          models={shown}
          view={view}
          onSort={(sort) => change({ sort })}
          chosen={chosen}
          onChoose={choose}
        />
      )}
      <VisuallyHidden role="status">{`${shown.length} of ${models.length} models are shown`}</VisuallyHidden>
      <Text size="sm" mt="sm">
        Accuracy (with its 95 % interval), F1 and calibration error on test reviews, or on validation reviews
        where there were no others. Latency of one review (p50, p95) and reviews per second as measured when
        the model was published.
      </Text>
    </Section>
  );
}
