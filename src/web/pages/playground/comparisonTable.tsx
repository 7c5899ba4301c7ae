/** The models' answers side by side: a row for each model that was chosen, from the moment it is chosen. */
import { Table } from '@mantine/core';
import type { PlaygroundModelFragment } from '../../api/operations.ts';
import { Scroll } from '../../components/scroll.tsx';
import { ComparisonRow } from './comparisonRow.tsx';
import { means } from './modelSelection.ts';
import type { Answer } from './useComparison.ts';

export function ComparisonTable({
  models,
  names,
  answers,
  fetching,
}: {
  models: readonly PlaygroundModelFragment[];
  names: readonly string[];
  answers: readonly Answer[];
  fetching: boolean;
}) {
  const rows = names.flatMap((name) => {
    const model = models.find((known) => means(known, name));
    const own = answers.filter((answer) => means(answer.model, name) || answer.candidateOf === name);
    // An alias that tries a version is answered twice.
    if (own.length === 0) return [{ key: name, name, model, answer: undefined }];
    return own.map((answer, index) => ({
      key: `${name} ${index}`,
      name: index === 0 ? name : answer.model.reference,
      model: answer.model as PlaygroundModelFragment | undefined,
      answer: answer as Answer | undefined,
    }));
  });
  // The teacher that the others are held against: the first one that was chosen and has answered.
  const teacher = rows.find(({ answer }) => answer?.classification && answer.model.method === 'TEACHER');
  const teacherLabel = teacher?.answer?.classification?.label ?? null;
  return (
    <Scroll label="Answers by model" minWidth={790}>
      <Table verticalSpacing="xs" aria-label="Answers by model" aria-busy={fetching} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={155}>Model</Table.Th>
            <Table.Th>Answer, probability of positive</Table.Th>
            <Table.Th w={95} className="numeric">
              Latency
            </Table.Th>
            <Table.Th w={95} className="numeric">
              In queue
            </Table.Th>
            <Table.Th w={120}>Teacher</Table.Th>
            <Table.Th w={140} className="numeric">
              Size
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ key, ...row }) => (
            <ComparisonRow key={key} {...row} fetching={fetching} teacherLabel={teacherLabel} />
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
