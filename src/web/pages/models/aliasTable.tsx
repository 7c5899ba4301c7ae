/** Aliases with what they mean, what they try, and what came of that so far. */
import { Stack, Table, Text } from '@mantine/core';
import type { ModelsAliasFragment } from '../../api/operations.ts';
import { count, dateTime, milliseconds, percent } from '../../components/format.ts';
import { ModelLink } from '../../components/modelLink.tsx';
import { Scroll } from '../../components/scroll.tsx';

type Candidate = NonNullable<ModelsAliasFragment['candidate']>;
type Counts = Candidate['statistics']['stable'];

export function AliasTable({ aliases }: { aliases: readonly ModelsAliasFragment[] }) {
  return (
    <Scroll label="Aliases" minWidth={720}>
      <Table aria-label="Aliases" verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Alias</Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>Tries</Table.Th>
            <Table.Th>What came of it</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {aliases.map(({ name, model, candidate }) => (
            <Table.Tr key={name} style={{ verticalAlign: 'top' }}>
              <Table.Td fw={500}>{name}</Table.Td>
              <Table.Td>
                <ModelLink reference={model.reference} />
              </Table.Td>
              <Table.Td>{candidate ? <Trial candidate={candidate} /> : 'nothing'}</Table.Td>
              <Table.Td>{candidate ? <Statistics statistics={candidate.statistics} /> : '–'}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function Trial({ candidate: { model, share, shadow, since } }: { candidate: Candidate }) {
  const texts = `${Number((100 * share).toFixed(1))} % of the texts`;
  return (
    <>
      <ModelLink reference={model.reference} />
      <Text size="xs">{shadow ? `shadow on ${texts}` : `answers ${texts}`}</Text>
      <Text size="xs">since {dateTime(since)}</Text>
    </>
  );
}

function Statistics({ statistics }: { statistics: Candidate['statistics'] }) {
  const { stable, candidate, agreement, meanDifference, skipped } = statistics;
  return (
    <Stack gap={2} fz="xs">
      <span>Own version: {words(stable)}</span>
      <span>On trial: {words(candidate)}</span>
      {agreement !== null && <span>Same label: {percent(agreement, 1)}</span>}
      {meanDifference !== null && <span>Mean difference of probabilities: {percent(meanDifference, 1)}</span>}
      {skipped > 0 && <span>Skipped while busy: {count(skipped)}</span>}
    </Stack>
  );
}

const words = ({ answered, failed, meanLatencyMs }: Counts): string =>
  `${count(answered)} answered${failed > 0 ? `, ${count(failed)} failed` : ''}${
    meanLatencyMs === null ? '' : `, ${milliseconds(meanLatencyMs)} on average`
  }`;
