/** Writes a review, sees what several models say about it, and which words made them say so. */
import { Anchor, Loader, Stack } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import {
  PlaygroundPageDocument,
  type PlaygroundModelFragment,
  type PlaygroundPageQuery,
} from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Empty, Failure, Loaded } from '../../components/states.tsx';
import { ComparisonTable } from './comparisonTable.tsx';
import { examples } from './examples.ts';
import { ModelPicker } from './modelPicker.tsx';
import { useModelSelection } from './modelSelection.ts';
import { ReviewInput } from './reviewInput.tsx';
import { useComparison } from './useComparison.ts';
import { WordEffects } from './wordEffects.tsx';

export default function PlaygroundPage() {
  const [result, ask] = useQuery({ query: PlaygroundPageDocument });
  return (
    <Page
      title="Playground"
      lead="Write a review and see what the models make of it, and how long each takes."
    >
      <Loaded result={result} onRetry={() => ask({ requestPolicy: 'network-only' })}>
        {(data) => <Playground data={data} />}
      </Loaded>
    </Page>
  );
}

function Playground({ data }: { data: PlaygroundPageQuery }) {
  const { limits } = data.system;
  const models = useMemo(() => data.models.edges.map(({ node }) => node), [data.models]);
  const [text, setText] = useState(examples[0].text);
  const [names, select] = useModelSelection(models);
  const isValid = (written: string) => written.trim() !== '' && written.length <= limits.textCharacters;
  const { answers, error, fetching, retry } = useComparison(text, names, isValid);
  if (models.length === 0) {
    return (
      <Empty title="There is no model yet">
        <Anchor component={Link} href="/train" underline="always">
          Train the first one
        </Anchor>{' '}
        to ask it here.
      </Empty>
    );
  }
  const problem = problemOf(text, limits.textCharacters, names.length);
  return (
    <Stack gap="lg">
      <Section title="Review and models">
        <Stack gap="md">
          <ReviewInput text={text} limit={limits.textCharacters} onChange={setText} />
          <ModelPicker models={models} names={names} onChange={select} />
        </Stack>
      </Section>
      <Section title="Answers" aside={fetching && <Loader size="xs" aria-label="Asking" />}>
        {problem !== null ? (
          <Empty title="Nothing to answer">{problem}</Empty>
        ) : error ? (
          <Failure error={error} onRetry={retry} />
        ) : (
          <ComparisonTable models={models} names={names} answers={answers} fetching={fetching} />
        )}
      </Section>
      <WordEffects
        text={text}
        isValid={isValid}
        names={names}
        preferred={quickOf(names, models)}
        limits={limits}
      />
    </Stack>
  );
}

/** Why nothing is asked; null where something is. */
function problemOf(text: string, limit: number, models: number): string | null {
  if (text.trim() === '') return 'Write a review above, or take one of the examples.';
  if (text.length > limit) return 'The review is too long: shorten it.';
  return models === 0 ? 'Choose at least one model above.' : null;
}

/** The model whose words are shown at first: the best student or another one, since it is asked about every word. */
function quickOf(names: readonly string[], models: readonly PlaygroundModelFragment[]): string | undefined {
  const chosen = models.filter(({ name }) => names.includes(name));
  const best = chosen.find(({ aliases }) => aliases.includes('best-student'));
  return (best ?? chosen.find(({ method }) => method !== 'TEACHER'))?.name ?? names[0];
}
