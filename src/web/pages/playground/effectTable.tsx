/** The ten words that moved an answer most, with numbers. */
import { Table, Text } from '@mantine/core';
import { percent } from '../../components/format.ts';
import { Scroll } from '../../components/scroll.tsx';
import { signed } from './effects.ts';
import type { WordEffect } from './occlusion.ts';

const shown = 10;

export function EffectTable({
  text,
  positive,
  effects,
}: {
  text: string;
  /** Probability of positive of the whole review. */
  positive: number;
  effects: readonly WordEffect[];
}) {
  const top = [...effects].sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect)).slice(0, shown);
  return (
    <>
      <Text size="sm" mb="xs">
        The whole review: {percent(positive, 1)} positive. An effect is by how much the log-odds of positive
        fall when the words are left out.
      </Text>
      <Scroll label="Words that moved the decision most" minWidth={460}>
        <Table aria-label="Words that moved the decision most" verticalSpacing={6}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Words left out</Table.Th>
              <Table.Th>Speak for</Table.Th>
              <Table.Th className="numeric">Effect (log-odds)</Table.Th>
              <Table.Th className="numeric">Positive without them</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {top.map(({ start, end, words, effect, without }) => (
              <Table.Tr key={start}>
                <Table.Th scope="row" fw={600}>
                  {words}
                  <Text span size="xs" c="dimmed" fw={400}>
                    {' '}
                    {context(text, start, end)}
                  </Text>
                </Table.Th>
                <Table.Td>{effect > 0 ? 'positive' : 'negative'}</Table.Td>
                <Table.Td className="numeric">{signed(effect)}</Table.Td>
                <Table.Td className="numeric">{percent(without, 1)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
    </>
  );
}

/** The word before and the word behind, since a word may come several times. */
function context(text: string, start: number, end: number): string {
  const before = text.slice(0, start).match(/\S+(?=\s*$)/u)?.[0];
  const after = text.slice(end).match(/\S+/u)?.[0];
  if (before && after) return `between “${before}” and “${after}”`;
  return before ? `after “${before}”` : `before “${after ?? ''}”`;
}
