/** The table of models: headings sort it, and two of its rows can be chosen for comparison. */
import { Checkbox, Table, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import type { ModelsRowFragment } from '../../api/operations.ts';
import { Scroll } from '../../components/scroll.tsx';
import { columns, type Column } from './columns.tsx';
import type { ListView } from './listView.ts';

interface Props {
  readonly models: readonly ModelsRowFragment[];
  readonly view: ListView;
  readonly onSort: (sort: string) => void;
  /** References, two at most. */
  readonly chosen: readonly string[];
  readonly onChoose: (chosen: readonly string[]) => void;
}

export function ModelsTable({ models, view, onSort, chosen, onChoose }: Props) {
  return (
    <Scroll label="Models" minWidth={900}>
      <Table highlightOnHover fz={13} horizontalSpacing={5} verticalSpacing="xs" aria-label="Models">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={32}>
              <VisuallyHidden>Compare</VisuallyHidden>
            </Table.Th>
            {columns.map((column) => (
              <SortedHeading key={column.key} column={column} view={view} onSort={onSort} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {models.map((model) => {
            const { reference } = model;
            const checked = chosen.includes(reference);
            return (
              <Table.Tr key={reference}>
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={`Compare ${reference}`}
                    checked={checked}
                    disabled={!checked && chosen.length >= 2}
                    onChange={() =>
                      onChoose(
                        checked ? chosen.filter((other) => other !== reference) : [...chosen, reference],
                      )
                    }
                  />
                </Table.Td>
                {columns.map(({ key, numeric, cell }) => (
                  <Table.Td
                    key={key}
                    className={numeric ? 'numeric' : undefined}
                    style={{ whiteSpace: 'nowrap' }}
                  >
                    {cell(model)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}

function SortedHeading({
  column: { key, label, numeric = false },
  view,
  onSort,
}: {
  column: Column;
  view: ListView;
  onSort: (sort: string) => void;
}) {
  const sorted = view.sort === key;
  // Of numbers the largest come first where a column is chosen, of words the first of the alphabet.
  const down = sorted ? !view.down : numeric;
  const Arrow = view.down ? IconArrowDown : IconArrowUp;
  return (
    <Table.Th
      className={numeric ? 'numeric' : undefined}
      aria-sort={sorted ? (view.down ? 'descending' : 'ascending') : 'none'}
      style={{ verticalAlign: 'bottom' }}
    >
      <UnstyledButton fz={13} fw={700} ta="inherit" onClick={() => onSort(`${down ? '-' : ''}${key}`)}>
        {label}
        {sorted && <Arrow size={14} style={{ verticalAlign: -2, marginLeft: 2 }} aria-hidden />}
      </UnstyledButton>
    </Table.Th>
  );
}
