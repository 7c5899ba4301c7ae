/** What one model says about the review, and what it costs to ask it. */
import { Anchor, Skeleton, Table, Text } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconX } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { PlaygroundModelFragment } from '../../api/operations.ts';
import { methodNames } from '../../components/colours.ts';
import { bytes, milliseconds, short } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import { ProbabilityBar } from './probabilityBar.tsx';
import type { Answer } from './useComparison.ts';

export interface ComparisonRowProps {
  /** As it was asked for. */
  readonly name: string;
  readonly model: PlaygroundModelFragment | undefined;
  readonly answer: Answer | undefined;
  /** Whether an answer is on its way. */
  readonly fetching: boolean;
  /** The teacher's label; null where no teacher answered. */
  readonly teacherLabel: 'NEGATIVE' | 'POSITIVE' | null;
}

export function ComparisonRow({ name, model, answer, fetching, teacherLabel }: ComparisonRowProps) {
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <Anchor component={Link} href={modelPath(model?.reference ?? name)} underline="always" size="sm">
          {name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {model ? methodNames[model.method] : '\u00a0'}
          {answer?.candidateOf ? `, on trial for ${answer.candidateOf}` : ''}
        </Text>
      </Table.Th>
      <AnswerCells name={name} answer={answer} fetching={fetching} />
      <Table.Td>
        <Agreement method={model?.method} answer={answer} teacherLabel={teacherLabel} />
      </Table.Td>
      <Table.Td className="numeric">
        {model && (
          <>
            {bytes(model.fileBytes)}
            <Text size="xs" c="dimmed">
              {short(model.parameters)} parameters
            </Text>
          </>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** Label, probability, latency and wait: one wide cell where there are none. */
function AnswerCells({ name, answer, fetching }: Pick<ComparisonRowProps, 'name' | 'answer' | 'fetching'>) {
  if (!answer) {
    return (
      <Table.Td colSpan={3}>
        {fetching ? <Skeleton height={24} /> : <Text size="sm">no answer yet</Text>}
      </Table.Td>
    );
  }
  const { classification, failure } = answer;
  if (!classification) {
    return (
      <Table.Td colSpan={3}>
        <Text size="sm" role="alert">
          <IconAlertTriangle size={16} aria-hidden style={{ verticalAlign: 'text-bottom' }} /> This model
          failed: {failure}
        </Text>
      </Table.Td>
    );
  }
  const { label, probabilities, latencyMs, queueMs } = classification;
  return (
    <>
      <Table.Td>
        <ProbabilityBar model={name} label={label} positive={probabilities.positive} />
      </Table.Td>
      <Table.Td className="numeric">{milliseconds(latencyMs)}</Table.Td>
      <Table.Td className="numeric">{milliseconds(queueMs)}</Table.Td>
    </>
  );
}

function Agreement({
  method,
  answer,
  teacherLabel,
}: {
  method: PlaygroundModelFragment['method'] | undefined;
  answer: Answer | undefined;
  teacherLabel: ComparisonRowProps['teacherLabel'];
}) {
  const label = answer?.classification?.label;
  if (method === 'TEACHER') return <Text size="sm">is a teacher</Text>;
  if (label === undefined || teacherLabel === null) return <Text size="sm">–</Text>;
  const agrees = label === teacherLabel;
  const Icon = agrees ? IconCheck : IconX;
  return (
    <Text size="sm">
      <Icon size={16} aria-hidden style={{ verticalAlign: 'text-bottom' }} /> {agrees ? 'agrees' : 'differs'}
    </Text>
  );
}
