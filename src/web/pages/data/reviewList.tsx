/** Reviews with their labels; long ones cut until they are opened. */
import { Anchor, Badge, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { words } from '../../components/format.ts';

export interface ShownReview {
  readonly id: string;
  readonly text: string;
  readonly label: 'NEGATIVE' | 'POSITIVE';
}

export function ReviewList({ reviews, busy }: { reviews: readonly ShownReview[]; busy: boolean }) {
  return (
    <Table verticalSpacing="sm" layout="fixed" aria-label="Reviews" aria-busy={busy}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={100}>Label</Table.Th>
          <Table.Th>Text</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {reviews.map(({ id, text, label }) => (
          <Table.Tr key={id} style={{ verticalAlign: 'top' }}>
            <Table.Td>
              <LabelBadge label={label} />
            </Table.Td>
            <Table.Td>
              <ReviewText text={text} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** Characters of a review that are shown at once; a few more are not worth a button. */
const shownCharacters = 420;

function ReviewText({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  const long = text.length > 1.2 * shownCharacters;
  return (
    <Text size="sm" component="div" style={{ whiteSpace: 'pre-line', overflowWrap: 'anywhere' }}>
      {long && !whole ? `${text.slice(0, shownCharacters).trimEnd()}… ` : `${text} `}
      {long && (
        <Anchor component="button" type="button" inherit underline="always" onClick={() => setWhole(!whole)}>
          {whole ? 'Show less' : 'Show all'}
        </Anchor>
      )}
    </Text>
  );
}

export function LabelBadge({ label }: { label: 'NEGATIVE' | 'POSITIVE' | null }) {
  return (
    <Badge variant="default" radius="sm">
      {label === null ? 'unlabelled' : words(label)}
    </Badge>
  );
}
