/** How good a model's answers were, on test and on validation reviews. */
import { Table, Text } from '@mantine/core';
import type { ModelMetricsColumnFragment } from '../../api/operations.ts';
import { count, percent } from '../../components/format.ts';

const rows = [
  ['F1', 'f1'],
  ['Precision', 'precision'],
  ['Recall', 'recall'],
  ['Calibration error', 'calibrationError'],
] as const;

export function MetricsTable({
  test,
  validation,
}: {
  test: ModelMetricsColumnFragment | null;
  validation: ModelMetricsColumnFragment | null;
}) {
  const parts = [
    { name: 'Test', metrics: test },
    { name: 'Validation', metrics: validation },
  ].flatMap(({ name, metrics }) => (metrics ? [{ name, metrics }] : []));
  if (parts.length === 0)
    return <Text size="sm">It has not been measured on labelled reviews: a benchmark does that.</Text>;
  return (
    <Table aria-label="Metrics" verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Metric</Table.Th>
          {parts.map(({ name }) => (
            <Table.Th key={name} className="numeric">
              {name}
            </Table.Th>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        <Table.Tr style={{ verticalAlign: 'top' }}>
          <Table.Th scope="row" fw={500}>
            Accuracy
            <Text size="xs" fw={400}>
              95 % interval
            </Text>
          </Table.Th>
          {parts.map(({ name, metrics: { accuracy, accuracyInterval: interval } }) => (
            <Table.Td key={name} className="numeric" fw={650}>
              {percent(accuracy)}
              {interval && (
                <Text size="xs" fw={400}>
                  {(100 * interval.low).toFixed(2)} to {percent(interval.high)}
                </Text>
              )}
            </Table.Td>
          ))}
        </Table.Tr>
        {rows.map(([label, key]) => (
          <Table.Tr key={key}>
            <Table.Th scope="row" fw={500}>
              {label}
            </Table.Th>
            {parts.map(({ name, metrics }) => (
              <Table.Td key={name} className="numeric">
                {percent(metrics[key])}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
        <Table.Tr>
          <Table.Th scope="row" fw={500}>
            Reviews
          </Table.Th>
          {parts.map(({ name, metrics: { reviews } }) => (
            <Table.Td key={name} className="numeric">
              {count(reviews)}
            </Table.Td>
          ))}
        </Table.Tr>
      </Table.Tbody>
    </Table>
  );
}
