/** All settings of a run, folded away. */
import { Accordion, Code, Table } from '@mantine/core';
import type { RunDetailsFragment } from '../../api/operations.ts';
import { Scroll } from '../../components/scroll.tsx';

export function RunConfiguration({ run }: { run: RunDetailsFragment }) {
  const settings = Object.entries(run.configuration);
  return (
    <Accordion variant="contained">
      <Accordion.Item value="configuration">
        <Accordion.Control>Configuration</Accordion.Control>
        <Accordion.Panel>
          <Scroll label="Configuration" minWidth={300}>
            <Table layout="fixed" aria-label="Configuration">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th w="50%">Setting</Table.Th>
                  <Table.Th>Value</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                <Table.Tr>
                  <Table.Th scope="row" fw={400}>
                    id
                  </Table.Th>
                  <Table.Td>
                    <Code style={{ overflowWrap: 'anywhere' }}>{run.id}</Code>
                  </Table.Td>
                </Table.Tr>
                {settings.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row" fw={400}>
                      {name}
                    </Table.Th>
                    <Table.Td style={{ overflowWrap: 'anywhere' }}>{plain(value)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}

function plain(value: unknown): string {
  if (value === null || value === undefined) return 'not given';
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object'))
    return value.join(', ') || 'none';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
