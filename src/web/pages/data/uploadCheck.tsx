/** What the server found in a file: counts, the first rows, and every line at fault. */
import { Alert, SimpleGrid, Stack, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import { count } from '../../components/format.ts';
import { Scroll } from '../../components/scroll.tsx';
import { LabelBadge } from './reviewList.tsx';
import type { Check } from './useUpload.ts';

export function UploadCheck({ check }: { check: Check }) {
  const { ready, rows, errorCount } = check;
  return (
    <Stack gap="md">
      <Alert
        color={ready ? 'teal' : 'red'}
        variant="light"
        icon={ready ? <IconCheck /> : <IconAlertTriangle />}
        title={
          ready
            ? `${count(rows)} reviews can be imported`
            : `${count(errorCount)} ${errorCount === 1 ? 'fault stands' : 'faults stand'} in the way of the import`
        }
        styles={{ label: { color: 'var(--mantine-color-text)' } }}
        role="status"
      >
        {ready
          ? 'Nothing has been stored yet.'
          : 'Mend the file and choose it again. Nothing has been stored.'}
      </Alert>
      {check.errors.length > 0 && <Faults check={check} />}
      <Counts check={check} />
      {check.preview.length > 0 && <Preview check={check} />}
    </Stack>
  );
}

function Faults({ check: { errors, errorCount } }: { check: Check }) {
  return (
    <>
      <Scroll label="Faults by line" minWidth={240} maxHeight={320}>
        <Table aria-label="Faults by line" verticalSpacing={6} stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th w={80} className="numeric">
                Line
              </Table.Th>
              <Table.Th>What is wrong</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {errors.map(({ line, message }, index) => (
              <Table.Tr key={index}>
                <Table.Td className="numeric">{line === null ? 'file' : count(line)}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{message}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      {errorCount > errors.length && (
        <Text size="sm">
          … and {count(errorCount - errors.length)} more faults; the first {errors.length} are listed.
        </Text>
      )}
    </>
  );
}

function Counts({ check: { rows, counts, parts, duplicates, lengths } }: { check: Check }) {
  const facts: [name: string, value: string][] = [
    ['Rows that can be read', count(rows)],
    ['Positive', count(counts.positive)],
    ['Negative', count(counts.negative)],
    ['Unlabelled', count(counts.unlabelled)],
    ['Texts that come again', count(duplicates)],
  ];
  if (lengths)
    facts.push(['Median characters', count(lengths.median)], ['Longest, characters', count(lengths.max)]);
  if (parts)
    facts.push(
      ['To train on', count(parts.train)],
      ['For validation', count(parts.validation)],
      ['For the test', count(parts.test)],
    );
  return (
    <SimpleGrid
      component="dl"
      cols={{ base: 2, xs: 3, md: 5 }}
      spacing="md"
      m={0}
      aria-label="What the file holds"
    >
      {facts.map(([name, value]) => (
        <div key={name}>
          <Text component="dt" size="xs">
            {name}
          </Text>
          <Text component="dd" m={0} fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
            {value}
          </Text>
        </div>
      ))}
    </SimpleGrid>
  );
}

function Preview({ check: { preview } }: { check: Check }) {
  return (
    <Scroll label="The first rows" minWidth={420}>
      <Table aria-label="The first rows" verticalSpacing={6} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={70} className="numeric">
              Line
            </Table.Th>
            <Table.Th w={120}>Label</Table.Th>
            <Table.Th>Text</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.map(({ line, text, label }) => (
            <Table.Tr key={line}>
              <Table.Td className="numeric">{count(line)}</Table.Td>
              <Table.Td>
                <LabelBadge label={label} />
              </Table.Td>
              <Table.Td>
                <Text size="sm" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
                  {text}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
