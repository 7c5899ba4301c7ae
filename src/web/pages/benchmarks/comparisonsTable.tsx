/** Each model against each one before it, on the same reviews. */
import { Table, Text } from '@mantine/core';
import { percent, points, pValue } from '../../components/format.ts';
import type { BenchmarkReport } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';

export function ComparisonsTable({ comparisons }: { comparisons: BenchmarkReport['comparisons'] }) {
  return (
    <>
      <Text size="sm" mb="sm">
        Accuracy of the first model minus that of the second, in percentage points. A difference counts as
        real where p is below 0.05; p values come from McNemar’s exact test and are corrected for the number
        of comparisons (Holm).
      </Text>
      <Scroll label="Comparisons" minWidth={640}>
        <Table striped aria-label="Comparisons">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th>Compared with</Table.Th>
              <Table.Th className="numeric">Difference (points)</Table.Th>
              <Table.Th className="numeric">95 % interval (points)</Table.Th>
              <Table.Th className="numeric">p</Table.Th>
              <Table.Th className="numeric">Same answers</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {comparisons.map(({ model, other, difference, low, high, pValue: p, agreement }) => (
              <Table.Tr key={`${model} ${other}`}>
                <Table.Td>{model}</Table.Td>
                <Table.Td>{other}</Table.Td>
                <Table.Td className="numeric" fw={p < 0.05 ? 700 : undefined}>
                  {points(difference)}
                </Table.Td>
                <Table.Td className="numeric">
                  {points(low)} to {points(high)}
                </Table.Td>
                <Table.Td className="numeric">{pValue(p)}</Table.Td>
                <Table.Td className="numeric">{percent(agreement, 1)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </>
  );
}
