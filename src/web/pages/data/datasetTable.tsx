/** All datasets: what they are, whether they are there, and how many reviews they hold. */
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { Link } from 'wouter';
import type { DataRowFragment } from '../../api/operations.ts';
import { count, words } from '../../components/format.ts';
import { Scroll } from '../../components/scroll.tsx';
import { Source } from './source.tsx';

export const explanations = {
  READY: 'Prepared on this machine.',
  AVAILABLE: 'Will be prepared when a run first needs it.',
  ABSENT: 'Its file must be downloaded or given first.',
} as const satisfies Record<DataRowFragment['state'], string>;

const stateColours = { READY: 'teal', AVAILABLE: 'blue', ABSENT: 'gray' } as const;

const parts = [
  { part: 'train', title: 'Train', width: 80 },
  { part: 'validation', title: 'Validation', width: 100 },
  { part: 'test', title: 'Test', width: 80 },
  { part: 'unlabelled', title: 'Unlabelled', width: 105 },
] as const;

export function DatasetTable({ datasets }: { datasets: readonly DataRowFragment[] }) {
  return (
    <Scroll label="Datasets" minWidth={900}>
      <Table verticalSpacing="sm" layout="fixed" highlightOnHover aria-label="Datasets">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={120}>Name</Table.Th>
            <Table.Th>Source</Table.Th>
            <Table.Th w={190}>State</Table.Th>
            {parts.map(({ part, title, width }) => (
              <Table.Th key={part} className="numeric" w={width}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {datasets.map(({ name, source, state, counts }) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" style={{ overflowWrap: 'anywhere' }}>
                <Anchor
                  component={Link}
                  inherit
                  href={`/data?dataset=${encodeURIComponent(name)}`}
                  underline="always"
                  aria-label={`${name}, show reviews`}
                >
                  {name}
                </Anchor>
              </Table.Th>
              <Table.Td>
                <Source text={source} />
              </Table.Td>
              <Table.Td>
                <Badge variant="dot" color={stateColours[state]}>
                  {words(state)}
                </Badge>
                <Text size="xs" mt={4}>
                  {explanations[state]}
                </Text>
              </Table.Td>
              {parts.map(({ part }) => (
                <Table.Td key={part} className="numeric">
                  {counts ? count(counts[part]) : <span title="Known as soon as it is ready">–</span>}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
