/** The last runs that succeeded, with the models that came of them. */
import { Anchor, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { HomeResultFragment } from '../../api/operations.ts';
import { dateTime, percent } from '../../components/format.ts';
import { kindNames, runName } from '../../components/run.tsx';
import { modelPath } from '../../components/modelLink.tsx';
import { Scroll } from '../../components/scroll.tsx';

export function LatestResults({ runs }: { runs: readonly HomeResultFragment[] }) {
  if (runs.length === 0) return <Text size="sm">No run has succeeded on this server yet.</Text>;
  return (
    <Scroll label="Latest results" minWidth={480}>
      <Table verticalSpacing={6} aria-label="Latest results">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Run</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th className="numeric">Accuracy</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Result key={run.id} run={run} />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Result({ run }: { run: HomeResultFragment }) {
  const { model } = run;
  const { test = null, validation = null } = model?.metrics ?? {};
  const metrics = test ?? validation;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/runs/${run.id}`} underline="always" size="sm">
          {runName(run)}
        </Anchor>
        <Text size="xs">
          {kindNames[run.kind]}
          {run.endedAt && `, ${dateTime(run.endedAt)}`}
        </Text>
      </Table.Td>
      <Table.Td>
        {model ? (
          <Anchor component={Link} href={modelPath(model.reference)} underline="always" size="sm">
            {model.reference}
          </Anchor>
        ) : (
          '–'
        )}
      </Table.Td>
      <Table.Td className="numeric">
        {metrics ? percent(metrics.accuracy) : '–'}
        {metrics && <Text size="xs">{test ? 'test' : 'validation'}</Text>}
      </Table.Td>
    </Table.Tr>
  );
}
