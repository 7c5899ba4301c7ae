/** The models of a benchmark, line by line. */
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import { methodNames } from '../../components/colours.ts';
import { bytes, count, milliseconds, percent } from '../../components/format.ts';
import { latencyAt, referenceOf, type BenchmarkEntry, type BenchmarkReport } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';
import { modelPath } from '../../components/modelLink.tsx';

const ms = (value: number | null | undefined) =>
  value === null || value === undefined ? '–' : milliseconds(value);

/** A number and its unit stay on one line. */
const whole = { whiteSpace: 'nowrap' } as const;

export function EntriesTable({ report }: { report: BenchmarkReport }) {
  // A percentile that too few reviews were timed for is known of no model.
  const percentiles = [50, 90, 95, 99].filter((each) =>
    report.entries.some(({ latency }) => latencyAt(latency, each) !== null),
  );
  const bounded = report.latencyBoundMs !== null;
  return (
    <Scroll label="Models" minWidth={720 + 70 * percentiles.length + (bounded ? 120 : 0)}>
      <Table striped aria-label="Models" fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model and method</Table.Th>
            <Table.Th className="numeric">Accuracy, 95 % interval</Table.Th>
            <Table.Th className="numeric">F1</Table.Th>
            {percentiles.map((each) => (
              <Table.Th key={each} className="numeric">
                p{each}
              </Table.Th>
            ))}
            <Table.Th className="numeric">Reviews/s, offline</Table.Th>
            <Table.Th className="numeric">Size</Table.Th>
            {bounded && (
              <Table.Th className="numeric">
                Highest rate, p{report.percentile} ≤ {milliseconds(report.latencyBoundMs!)}
              </Table.Th>
            )}
            <Table.Th>Valid</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {report.entries.map((entry) => (
            <Table.Tr key={referenceOf(entry)}>
              <Table.Td>
                <Anchor component={Link} href={modelPath(referenceOf(entry))} underline="always" size="sm">
                  {referenceOf(entry)}
                </Anchor>
                <Text size="xs">
                  {entry.architecture}, {methodNames[entry.method]}
                </Text>
              </Table.Td>
              <Table.Td className="numeric" style={whole}>
                {percent(entry.metrics.accuracy)}
                {entry.metrics.accuracyInterval && (
                  <Text size="xs">
                    {(100 * entry.metrics.accuracyInterval.low).toFixed(1)} to{' '}
                    {percent(entry.metrics.accuracyInterval.high, 1)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td className="numeric" style={whole}>
                {percent(entry.metrics.f1)}
              </Table.Td>
              {percentiles.map((each) => (
                <Table.Td key={each} className="numeric" style={whole}>
                  {ms(latencyAt(entry.latency, each))}
                </Table.Td>
              ))}
              <Table.Td className="numeric" style={whole}>
                {count(entry.reviewsPerSecond)}
              </Table.Td>
              <Table.Td className="numeric" style={whole}>
                {bytes(entry.fileBytes)}
              </Table.Td>
              {bounded && (
                <Table.Td className="numeric" style={whole}>
                  {entry.highestRate ? `${count(entry.highestRate.ratePerSecond)} reviews/s` : 'none'}
                </Table.Td>
              )}
              <Table.Td>
                <Validity entry={entry} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

/** MLPerf's rule: a quantised model has to keep 99 % of its reference's accuracy. */
function Validity({ entry: { valid, accuracyOfReference, reference } }: { entry: BenchmarkEntry }) {
  const share =
    reference !== null && accuracyOfReference !== null
      ? `${percent(accuracyOfReference, 1)} of its reference`
      : null;
  return (
    <>
      <Badge variant="dot" color={valid ? 'green' : 'red'}>
        {valid ? 'valid' : 'not valid'}
      </Badge>
      {share && (
        <Text size="xs" title={reference ?? undefined}>
          {valid ? share : `${share}; 99 % are needed`}
        </Text>
      )}
    </>
  );
}
