/** The numbers of the latency/throughput curve. */
import { Table } from '@mantine/core';
import { count, milliseconds } from '../../components/format.ts';
import { latencyAt, loadOf, referenceOf, type BenchmarkReport } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';

export function CurveTable({ report: { entries, percentile } }: { report: BenchmarkReport }) {
  const percentiles = [...new Set([50, percentile])];
  return (
    <Scroll label="Latency under load" minWidth={640}>
      <Table striped aria-label="Latency under load">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th>Load</Table.Th>
            <Table.Th className="numeric">Answered (reviews/s)</Table.Th>
            {percentiles.map((each) => (
              <Table.Th key={each} className="numeric">
                p{each}
              </Table.Th>
            ))}
            <Table.Th className="numeric">Queries</Table.Th>
            <Table.Th className="numeric">Failed</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.flatMap((entry) =>
            entry.curve.map((point, index) => (
              <Table.Tr key={`${referenceOf(entry)} ${index}`}>
                <Table.Td>{referenceOf(entry)}</Table.Td>
                <Table.Td>{loadOf(point)}</Table.Td>
                <Table.Td className="numeric">{count(point.answeredPerSecond)}</Table.Td>
                {percentiles.map((each) => {
                  const ms = latencyAt(point.latency, each);
                  return (
                    <Table.Td key={each} className="numeric">
                      {ms === null ? '–' : milliseconds(ms)}
                    </Table.Td>
                  );
                })}
                <Table.Td className="numeric">{count(point.queries)}</Table.Td>
                <Table.Td className="numeric">{count(point.failed)}</Table.Td>
              </Table.Tr>
            )),
          )}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
