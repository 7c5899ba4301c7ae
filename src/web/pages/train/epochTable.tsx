/** The epochs of a run in numbers. */
import { Table } from '@mantine/core';
import { percent, words } from '../../components/format.ts';
import { Scroll } from '../../components/scroll.tsx';
import type { EpochPoint } from './curves.ts';

export function EpochTable({ name, epochs }: { name: string; epochs: readonly EpochPoint[] }) {
  if (epochs.length === 0) return null;
  return (
    <Scroll label={`Epochs of ${name}`} minWidth={400}>
      <Table captionSide="top" withTableBorder>
        <Table.Caption ta="left" c="var(--mantine-color-text)">
          Epochs of {name}
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Phase</Table.Th>
            <Table.Th className="numeric">Epoch</Table.Th>
            <Table.Th className="numeric">Loss</Table.Th>
            <Table.Th className="numeric">Accuracy</Table.Th>
            <Table.Th className="numeric">F1</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {epochs.map(({ number, phase, epoch, loss, accuracy, f1 }) => (
            <Table.Tr key={number}>
              <Table.Td>{words(phase)}</Table.Td>
              <Table.Td className="numeric">{epoch}</Table.Td>
              <Table.Td className="numeric">{loss.toFixed(4)}</Table.Td>
              <Table.Td className="numeric">{accuracy === null ? '–' : percent(accuracy)}</Table.Td>
              <Table.Td className="numeric">{f1 === null ? '–' : percent(f1)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
