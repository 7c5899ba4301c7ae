/** The card of one model, and what can be done with it. */
import { Anchor, SimpleGrid, Stack, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { codeOf } from '../../api/client.ts';
import { ModelPageDocument, type ModelCardFragment } from '../../api/operations.ts';
import { methodNames } from '../../components/colours.ts';
import { Page, Section } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { CalibrationSection, QuantizationSection } from './beforeAfter.tsx';
import { CardFacts } from './cardFacts.tsx';
import { FactsTable } from './factsTable.tsx';
import { LatencyFacts } from './latencyFacts.tsx';
import { MetricsTable } from './metricsTable.tsx';
import { ModelActions } from './modelActions.tsx';
import { settingFacts } from './settingWords.ts';

export default function ModelPage({ reference }: { reference: string }) {
  const [result, ask] = useQuery({ query: ModelPageDocument, variables: { reference } });
  const model = result.data?.model;
  const missing = result.error && codeOf(result.error) === 'NOT_FOUND';
  return (
    <Page
      title={model?.reference ?? reference}
      lead={
        model &&
        `${model.architecture}, ${methodNames[model.method]}${model.dataset ? ` on ${model.dataset.name}` : ''}`
      }
      actions={model && <ModelActions model={model} />}
    >
      <Loaded result={result} onRetry={() => ask({ requestPolicy: 'network-only' })} rows={14}>
        {(data) => <Card model={data.model} />}
      </Loaded>
      {missing && (
        <Text size="sm">
          <Anchor component={Link} href="/models" underline="always">
            See all models
          </Anchor>
        </Text>
      )}
    </Page>
  );
}

function Card({ model }: { model: ModelCardFragment }) {
  const { metrics, latency, quantization, calibration, spec, training } = model;
  const settings = settingFacts(training);
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="lg" style={{ alignItems: 'start' }}>
      <Stack gap="lg">
        <Section title="Quality">
          <MetricsTable test={metrics.test} validation={metrics.validation} />
        </Section>
        <Section title="Latency of one review">
          <LatencyFacts latency={latency} />
        </Section>
        {quantization && <QuantizationSection quantization={quantization} />}
        {calibration && <CalibrationSection calibration={calibration} />}
        <Section title="Network">
          {spec ? (
            <FactsTable label="Sizes of the network" facts={settingFacts(spec)} />
          ) : (
            <Text size="sm">It was imported as an ONNX file, of which only the graph is known.</Text>
          )}
        </Section>
      </Stack>
      <Stack gap="lg">
        <Section title="What it is">
          <CardFacts model={model} />
        </Section>
        <Section title="Training settings">
          {settings.length > 0 ? (
            <FactsTable label="Training settings" facts={settings} />
          ) : (
            <Text size="sm">It was not trained by a run of this platform.</Text>
          )}
        </Section>
      </Stack>
    </SimpleGrid>
  );
}
