/** How often two models agree, and which is right where they do not. */
import { Paper, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { DifferencesPageQuery } from '../../api/operations.ts';
import { count, percent } from '../../components/format.ts';

type Differences = DifferencesPageQuery['differences'];

export function DifferencesSummary({ differences }: { differences: Differences }) {
  const { models, reviews, agreement, items } = differences;
  return (
    <SimpleGrid cols={{ base: 1, sm: 3 }} mb="md">
      <Figure
        name="Same answer"
        value={percent(agreement, 1)}
        detail={`${count(reviews - items.length)} of ${count(reviews)} reviews`}
        share={agreement}
      />
      {models.map(({ reference }, index) => {
        const right = items.filter(({ label, answers }) => answers[index]?.label === label).length;
        const share = items.length === 0 ? 0 : right / items.length;
        return (
          <Figure
            key={index}
            name={`Only ${reference} is right`}
            value={count(right)}
            detail={
              items.length === 0
                ? 'no differences'
                : `${percent(share, 0)} of ${count(items.length)} differences`
            }
            share={share}
          />
        );
      })}
    </SimpleGrid>
  );
}

function Figure({
  name,
  value,
  detail,
  share,
}: {
  name: string;
  value: string;
  detail: string;
  share: number;
}) {
  return (
    <Paper withBorder p="md">
      <Stack gap={4}>
        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
          {name}
        </Text>
        <Text fz={26} fw={650} lh={1.1} style={{ fontVariantNumeric: 'tabular-nums' }}>
          {value}
        </Text>
        <Progress value={100 * share} size="xs" aria-label={name} />
        <Text size="xs">{detail}</Text>
      </Stack>
    </Paper>
  );
}
