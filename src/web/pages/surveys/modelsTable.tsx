/** All models of a survey with what was measured of each. */
import { Anchor, Table } from '@mantine/core';
import { Link } from 'wouter';
import { methodNames } from '../../components/colours.ts';
import { bytes, duration, milliseconds, percent } from '../../components/format.ts';
import type { SurveyReport } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';
import { modelPath } from '../../components/modelLink.tsx';

const ms = (value: number | null) => (value === null ? '–' : milliseconds(value));

export function ModelsTable({ report: { teacher, beside, runs } }: { report: SurveyReport }) {
  const rows = [
    ...[teacher, ...beside].map((model) => ({ ...model, runId: null, seed: null, seconds: null })),
    ...runs,
  ];
  return (
    <Scroll label="All models" minWidth={900} maxHeight={560}>
      <Table striped stickyHeader aria-label="All models">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Model</Table.Th>
            <Table.Th>Method</Table.Th>
            <Table.Th className="numeric">Seed</Table.Th>
            <Table.Th className="numeric">Accuracy</Table.Th>
            <Table.Th className="numeric">F1</Table.Th>
            <Table.Th className="numeric">As the teacher</Table.Th>
            <Table.Th className="numeric">p50</Table.Th>
            <Table.Th className="numeric">p95</Table.Th>
            <Table.Th className="numeric">Size</Table.Th>
            <Table.Th className="numeric">Training took</Table.Th>
            <Table.Th>Run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(
            ({ model, method, seed, metrics, latency, fileBytes, runId, seconds, teacher: beside }) => (
              <Table.Tr key={runId ?? model}>
                <Table.Td>
                  <Anchor component={Link} href={modelPath(model)} underline="always" size="sm">
                    {model}
                  </Anchor>
                </Table.Td>
                <Table.Td>{methodNames[method]}</Table.Td>
                <Table.Td className="numeric">{seed ?? '–'}</Table.Td>
                <Table.Td className="numeric">{percent(metrics.accuracy)}</Table.Td>
                <Table.Td className="numeric">{percent(metrics.f1)}</Table.Td>
                <Table.Td className="numeric">{percent(beside.agreement, 1)}</Table.Td>
                <Table.Td className="numeric">{ms(latency.p50Ms)}</Table.Td>
                <Table.Td className="numeric">{ms(latency.p95Ms)}</Table.Td>
                <Table.Td className="numeric">{bytes(fileBytes)}</Table.Td>
                <Table.Td className="numeric">{seconds === null ? '–' : duration(seconds)}</Table.Td>
                <Table.Td>
                  {runId && (
                    <Anchor component={Link} href={`/runs/${runId}`} underline="always" size="sm">
                      run<span style={visuallyHidden}> of {model}</span>
                    </Anchor>
                  )}
                </Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

/** There for a screen reader alone. */
const visuallyHidden = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
} as const;
