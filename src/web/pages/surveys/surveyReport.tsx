/** What a survey found: its questions with their answers, and all of its models. */
import { Alert, Stack, Table, Text } from '@mantine/core';
import { useMemo } from 'react';
import { count, dateTime } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { Fold } from '../../components/fold.tsx';
import { CellsTable } from './cellsTable.tsx';
import { GridChart } from './gridChart.tsx';
import { ModelsChart } from './modelsChart.tsx';
import { ModelsTable } from './modelsTable.tsx';
import { VerdictsTable } from './verdictsTable.tsx';
import type { SurveyGrid, SurveyReport } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';

export function SurveyReportView({ report }: { report: SurveyReport }) {
  const cells = useMemo(() => new Map(report.cells.map((cell) => [cell.id, cell])), [report]);
  return (
    <>
      {report.grids.map((grid) => (
        <Section key={grid.name} title={grid.question} aside={<Text size="sm">{grid.name}</Text>}>
          <Stack>
            <Text maw={760}>{grid.answer}</Text>
            <GridChart grid={grid} cells={cells} teacher={report.teacher.metrics.accuracy} />
            <Text size="sm">
              Means over seeds with 95 % intervals (Student’s t); no bar where there is one seed only.
            </Text>
            <Fold title={`Conditions (${grid.points.length})`}>
              {() => <CellsTable grid={grid} cells={cells} />}
            </Fold>
            {grid.comparisons.length > 0 && (
              <Fold title={`Comparisons (${grid.comparisons.length}): ${tally(grid)}`}>
                {() => <VerdictsTable grid={grid} />}
              </Fold>
            )}
          </Stack>
        </Section>
      ))}
      <Section title="Accuracy against latency">
        <Stack>
          <Text size="sm">
            Every trained student, its teacher and the models beside them, one review at a time on{' '}
            {count(report.dataset.testReviews)} test reviews; the upper left is best.
          </Text>
          <ModelsChart report={report} />
          <Fold title={`All models (${report.runs.length + report.beside.length + 1})`}>
            {() => <ModelsTable report={report} />}
          </Fold>
        </Stack>
      </Section>
      {report.missing.length > 0 && <Missing report={report} />}
      <Text size="sm" c="dimmed">
        {report.dataset.name}: {count(report.dataset.trainReviews)} reviews to train on,{' '}
        {count(report.dataset.validationReviews)} to choose by, {count(report.dataset.testReviews)} to measure
        on, {count(report.dataset.unlabelledReviews)} without labels. Latency on {report.machine},{' '}
        {report.threads} {report.threads === 1 ? 'thread' : 'threads'}. Report of {dateTime(report.createdAt)}
        .
      </Text>
    </>
  );
}

function tally({ comparisons }: SurveyGrid): string {
  const of = (verdict: string) => comparisons.filter((each) => each.verdict === verdict).length;
  return `${of('BETTER')} better, ${of('WORSE')} worse, ${of('UNDECIDED')} undecided`;
}

function Missing({ report: { missing } }: { report: SurveyReport }) {
  return (
    <Section title="Missing runs">
      <Alert color="yellow" variant="outline" mb="md">
        These came to nothing, so their conditions have fewer seeds. Resume the survey to try them again.
      </Alert>
      <Scroll label="Missing runs" minWidth={480}>
        <Table striped aria-label="Missing runs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Run</Table.Th>
              <Table.Th className="numeric">Seed</Table.Th>
              <Table.Th>Why</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {missing.map(({ key, seed, reason }) => (
              <Table.Tr key={key}>
                <Table.Td>{key}</Table.Td>
                <Table.Td className="numeric">{seed}</Table.Td>
                <Table.Td>{reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </Section>
  );
}
