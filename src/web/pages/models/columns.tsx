/** The columns of the table of models: how each is written, and what it is sorted by. */
import { Badge, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ModelsRowFragment } from '../../api/operations.ts';
import { methodNames } from '../../components/colours.ts';
import { bytes, count, milliseconds, percent, short } from '../../components/format.ts';
import { ModelLink } from '../../components/modelLink.tsx';

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly numeric?: boolean;
  /** What is sorted by; null comes last in both directions. */
  readonly value: (model: ModelsRowFragment) => string | number | null;
  readonly cell: (model: ModelsRowFragment) => ReactNode;
}

/** On test reviews; on validation reviews where there are none. */
export const metricsOf = ({ metrics: { test, validation } }: ModelsRowFragment) => test ?? validation;

const orDash = (value: number | null | undefined, write: (value: number) => string): string =>
  value === null || value === undefined ? '–' : write(value);

/** A column of one number. */
const figure = (
  key: string,
  label: string,
  value: (model: ModelsRowFragment) => number | null | undefined,
  write: (value: number) => string,
): Column => ({
  key,
  label,
  numeric: true,
  value: (model) => value(model) ?? null,
  cell: (model) => orDash(value(model), write),
});

export const columns: readonly Column[] = [
  { key: 'name', label: 'Model', value: ({ name }) => name, cell: (model) => <Name model={model} /> },
  {
    key: 'architecture',
    label: 'Architecture',
    value: ({ architecture }) => architecture,
    cell: ({ architecture, method }) => (
      <>
        {architecture}
        <Text size="xs">{methodNames[method]}</Text>
      </>
    ),
  },
  {
    key: 'accuracy',
    label: 'Accuracy',
    numeric: true,
    value: (model) => metricsOf(model)?.accuracy ?? null,
    cell: (model) => <Accuracy model={model} />,
  },
  figure('f1', 'F1', (model) => metricsOf(model)?.f1, percent),
  figure('calibration', 'Calibration error', (model) => metricsOf(model)?.calibrationError, percent),
  figure('p50', 'p50', ({ latency }) => latency?.p50Ms, milliseconds),
  figure('p95', 'p95', ({ latency }) => latency?.p95Ms, milliseconds),
  figure('rate', 'Reviews/s', ({ latency }) => latency?.reviewsPerSecond, count),
  figure('parameters', 'Parameters', ({ parameters }) => parameters, short),
  figure('size', 'File', ({ fileBytes }) => fileBytes, bytes),
];

function Name({ model: { reference, name, aliases } }: { model: ModelsRowFragment }) {
  return (
    <>
      <ModelLink reference={reference} name={name} />
      {aliases.length > 0 && (
        <Group gap={4} mt={4}>
          {aliases.map((alias) => (
            <Badge key={alias} variant="default" size="sm">
              {alias}
            </Badge>
          ))}
        </Group>
      )}
    </>
  );
}

function Accuracy({ model }: { model: ModelsRowFragment }) {
  const metrics = metricsOf(model);
  if (!metrics) return '–';
  const { accuracy, accuracyInterval: interval } = metrics;
  return (
    <>
      {percent(accuracy)}
      <Text size="xs">
        {interval && `${(100 * interval.low).toFixed(1)} to ${percent(interval.high, 1)}`}
      </Text>
      {!model.metrics.test && <Text size="xs">validation</Text>}
    </>
  );
}
