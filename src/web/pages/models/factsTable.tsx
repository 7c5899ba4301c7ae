/** Names with their values, a line each. */
import { Table } from '@mantine/core';
import type { ReactNode } from 'react';

export type Fact = readonly [name: string, value: ReactNode];

/** Facts without a value are left out. */
export function FactsTable({
  label,
  facts,
  numeric = false,
}: {
  label: string;
  facts: readonly Fact[];
  numeric?: boolean;
}) {
  return (
    <Table aria-label={label} verticalSpacing={6} variant="vertical" withRowBorders>
      <Table.Tbody>
        {facts
          .filter(([, value]) => value !== null && value !== undefined && value !== '')
          .map(([name, value]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row" w="45%" fw={500} bg="transparent">
                {name}
              </Table.Th>
              <Table.Td className={numeric ? 'numeric' : undefined} style={{ overflowWrap: 'anywhere' }}>
                {value}
              </Table.Td>
            </Table.Tr>
          ))}
      </Table.Tbody>
    </Table>
  );
}
