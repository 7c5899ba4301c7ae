/** An answer: the label, and the probability of positive as a bar with its number. */
import { Group, Progress, Text } from '@mantine/core';
import { percent, words } from '../../components/format.ts';
import { effectColours } from './effects.ts';

export function ProbabilityBar({
  model,
  label,
  positive,
}: {
  model: string;
  label: 'NEGATIVE' | 'POSITIVE';
  positive: number;
}) {
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs" mb={4}>
        <Text size="sm" fw={600}>
          {words(label)}
        </Text>
        <Text size="sm" className="numeric">
          {percent(positive, 1)}
        </Text>
      </Group>
      <Progress.Root size="md">
        <Progress.Section
          value={100 * positive}
          color={positive >= 0.5 ? effectColours.positive : effectColours.negative}
          aria-label={`Probability of positive, ${model}`}
          aria-valuetext={percent(positive, 1)}
        />
      </Progress.Root>
    </>
  );
}
