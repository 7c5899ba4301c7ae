/** Two models side by side: the reviews to which they give different answers, and which of them is right. */
import { Anchor, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { DifferencesChoicesDocument, DifferencesPageDocument } from '../../api/operations.ts';
import type { DifferencesChoicesQuery } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Empty, Failure, Loaded, Loading } from '../../components/states.tsx';
import { DifferencesForm } from './differencesForm.tsx';
import { useQuestion, type Question } from './differencesQuestion.ts';
import { DifferencesSummary } from './differencesSummary.tsx';
import { DifferencesTable } from './differencesTable.tsx';

export default function DifferencesPage() {
  const [choices, ask] = useQuery({ query: DifferencesChoicesDocument });
  return (
    <Page title="Differences" lead="The reviews of a dataset to which two models give different answers.">
      <Loaded result={choices} onRetry={() => ask({ requestPolicy: 'network-only' })} rows={3}>
        {(data) => <Comparison choices={data} />}
      </Loaded>
    </Page>
  );
}

function Comparison({ choices }: { choices: DifferencesChoicesQuery }) {
  const [asked, change] = useQuestion();
  const dataset = asked.dataset ?? usualDataset(choices, asked);
  const question = { ...asked, dataset };
  const [first, second] = question.models;
  return (
    <>
      <Section title="What to compare">
        <DifferencesForm choices={choices} question={question} onChange={change} />
      </Section>
      <Section title="Different answers">
        {choices.models.edges.length === 0 ? (
          <Empty title="No models yet">
            <Anchor component={Link} href="/train" underline="always">
              Train two models first
            </Anchor>
          </Empty>
        ) : dataset === null ? (
          <Empty title="No dataset is ready">
            Reviews are read of a dataset that is on this server.{' '}
            <Anchor component={Link} href="/data" underline="always">
              See the datasets
            </Anchor>
          </Empty>
        ) : first === null || second === null || first === second ? (
          <Empty title="Choose two models">Their answers are compared as soon as both are chosen.</Empty>
        ) : (
          <Answers
            key={`${first} ${second} ${dataset} ${question.split} ${question.reviews}`}
            models={[first, second]}
            dataset={dataset}
            question={question}
          />
        )}
      </Section>
    </>
  );
}

/** The dataset of the models where it is ready, else one that is. */
function usualDataset(
  { models, datasets }: DifferencesChoicesQuery,
  { models: asked }: Question,
): string | null {
  const ready = datasets.edges.flatMap(({ node }) => (node.state === 'READY' ? [node.name] : []));
  const own = models.edges
    .filter(({ node }) => [node.reference, node.name, ...node.aliases].some((name) => asked.includes(name)))
    .map(({ node }) => node.dataset?.name);
  return own.find((name) => name !== undefined && ready.includes(name)) ?? ready[0] ?? null;
}

function Answers({
  models,
  dataset,
  question: { split, reviews },
}: {
  models: readonly [string, string];
  dataset: string;
  question: Question;
}) {
  // What was answered is kept: to ask two models about hundreds of reviews takes seconds.
  const [{ data, error, fetching }, ask] = useQuery({
    query: DifferencesPageDocument,
    variables: { models: [...models], dataset, split, reviews },
    requestPolicy: 'cache-first',
  });
  const differences = data?.differences;
  if (error) return <Failure error={error} onRetry={() => ask({ requestPolicy: 'network-only' })} />;
  if (!differences)
    return fetching ? (
      <>
        <Text size="sm" mb="sm" role="status">
          Both models read {reviews} reviews. That takes some seconds.
        </Text>
        <Loading rows={8} />
      </>
    ) : null;
  return (
    <>
      <DifferencesSummary differences={differences} />
      {differences.items.length === 0 ? (
        <Empty title="They agree on every review">Ask about more reviews, or compare other models.</Empty>
      ) : (
        <DifferencesTable differences={differences} />
      )}
    </>
  );
}
