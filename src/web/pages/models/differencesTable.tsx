/** The reviews that two models answer differently: text, true label, and both answers. */
import { Anchor, Button, Group, Table, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { DifferencesItemFragment, DifferencesPageQuery } from '../../api/operations.ts';
import { percent, words } from '../../components/format.ts';
import { Scroll } from '../../components/scroll.tsx';

/** Rows that are shown before more are asked for. */
const step = 25;

export function DifferencesTable({ differences }: { differences: DifferencesPageQuery['differences'] }) {
  const { models, items } = differences;
  const [shown, setShown] = useState(step);
  return (
    <>
      <Scroll label="Reviews with different answers" minWidth={760}>
        <Table layout="fixed" aria-label="Reviews with different answers">
          <Table.Thead>
            <Table.Tr style={{ verticalAlign: 'bottom' }}>
              <Table.Th>Review</Table.Th>
              <Table.Th w={100}>True label</Table.Th>
              {models.map(({ reference }, index) => (
                <Table.Th key={index} w={170} style={{ overflowWrap: 'anywhere' }}>
                  {reference}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.slice(0, shown).map((item) => (
              <Row key={item.review} item={item} />
            ))}
          </Table.Tbody>
        </Table>
      </Scroll>
      {shown < items.length && (
        <Group justify="center" mt="md">
          <Button variant="default" onClick={() => setShown(shown + step)}>
            Show more ({items.length - shown} left)
          </Button>
        </Group>
      )}
    </>
  );
}

function Row({ item: { review, text, label, answers } }: { item: DifferencesItemFragment }) {
  return (
    <Table.Tr style={{ verticalAlign: 'top' }}>
      <Table.Td>
        <Review id={review} text={text} />
      </Table.Td>
      <Table.Td>{words(label)}</Table.Td>
      {answers.map((answer, index) => (
        <Table.Td key={index}>
          <Answer answer={answer} right={answer.label === label} />
        </Table.Td>
      ))}
    </Table.Tr>
  );
}

function Answer({ answer, right }: { answer: DifferencesItemFragment['answers'][number]; right: boolean }) {
  const Icon = right ? IconCheck : IconX;
  return (
    <>
      <Group gap={4} wrap="nowrap">
        <Icon
          size={16}
          color={right ? 'var(--mantine-color-teal-6)' : 'var(--mantine-color-red-6)'}
          aria-hidden
        />
        <Text size="sm" fw={right ? 650 : 400}>
          {words(answer.label)}, {right ? 'right' : 'wrong'}
        </Text>
      </Group>
      <Text size="xs" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {percent(answer.probabilities.positive, 1)} positive
      </Text>
    </>
  );
}

/** Characters from which a text is folded. */
const long = 120;

function Review({ id, text }: { id: string; text: string }) {
  const [open, setOpen] = useState(false);
  // Reviews of films come with line breaks of HTML: shown as what they mean.
  const lines = text.replace(/(<br\s*\/?>\s*)+/gi, '\n');
  return (
    <>
      <Text
        size="sm"
        {...(!open && { lineClamp: 3 })}
        style={{ ...(open && { whiteSpace: 'pre-line' }), overflowWrap: 'anywhere' }}
      >
        {lines}
      </Text>
      {lines.length > long && (
        <Anchor
          component="button"
          type="button"
          size="xs"
          underline="always"
          aria-expanded={open}
          aria-label={`${open ? 'Fold' : 'Whole text of'} review ${id}`}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Fold' : 'Whole text'}
        </Anchor>
      )}
    </>
  );
}
