/** The reviews of the dataset that the address names, a page at a time. */
import { Alert, Anchor, Drawer, Group, Pagination, SegmentedControl, Stack, Text } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { useQuery } from 'urql';
import { DataReviewsDocument, type BenchmarkSplit, type DataRowFragment } from '../../api/operations.ts';
import { count, words } from '../../components/format.ts';
import { Empty, Loaded } from '../../components/states.tsx';
import { explanations } from './datasetTable.tsx';
import { ReviewList } from './reviewList.tsx';

const pageSize = 20;
const splits: readonly BenchmarkSplit[] = ['VALIDATION', 'TEST'];

export function ReviewsDrawer({ datasets }: { datasets: readonly DataRowFragment[] }) {
  const [search, setSearch] = useSearchParams();
  const name = search.get('dataset');
  const split = splits.find((known) => known.toLowerCase() === search.get('split')) ?? 'VALIDATION';
  const page = Math.max(1, Math.floor(Number(search.get('page') ?? 1)) || 1);
  const show = (changes: Record<string, string | null>) =>
    setSearch((before) => {
      const after = new URLSearchParams(before);
      for (const [key, value] of Object.entries(changes)) {
        if (value === null) after.delete(key);
        else after.set(key, value);
      }
      return after;
    });
  const dataset = datasets.find((known) => known.name === name);
  return (
    <Drawer
      opened={name !== null}
      onClose={() => show({ dataset: null, split: null, page: null })}
      position="right"
      size="xl"
      title={`Reviews of ${name ?? ''}`}
      styles={{ title: { fontWeight: 650, fontSize: 'var(--mantine-font-size-lg)' } }}
      closeButtonProps={{ 'aria-label': 'Close the reviews' }}
    >
      {dataset && dataset.state !== 'READY' && (
        <Empty title="It is not ready yet">
          {explanations[dataset.state]} Its reviews can be read here as soon as a run has used it.{' '}
          <Anchor component={Link} href="/train" underline="always">
            Start one
          </Anchor>
        </Empty>
      )}
      {name !== null && (!dataset || dataset.state === 'READY') && (
        <Stack gap="md">
          <SegmentedControl
            aria-label="Part of the dataset"
            data={splits.map((value) => ({
              value,
              label: dataset?.counts
                ? `${words(value)} (${count(dataset.counts[value === 'TEST' ? 'test' : 'validation'])})`
                : words(value),
            }))}
            value={split}
            onChange={(value) => show({ split: value.toLowerCase(), page: null })}
          />
          {split === 'TEST' && (
            <Alert variant="light" color="gray">
              Test reviews are for a final measurement: choosing models by them makes their figures worthless.
            </Alert>
          )}
          <Reviews
            dataset={name}
            split={split}
            page={page}
            onPage={(next) => show({ page: next === 1 ? null : String(next) })}
          />
        </Stack>
      )}
    </Drawer>
  );
}

function Reviews({
  dataset,
  split,
  page,
  onPage,
}: {
  dataset: string;
  split: BenchmarkSplit;
  page: number;
  onPage: (page: number) => void;
}) {
  const offset = (page - 1) * pageSize;
  const [result, ask] = useQuery({
    query: DataReviewsDocument,
    variables: { dataset, split, first: pageSize, offset },
  });
  // Until the next page is there, urql keeps the one before: better than an empty drawer for a moment.
  return (
    <Loaded result={result} onRetry={() => ask({ requestPolicy: 'network-only' })} rows={10}>
      {({ reviews: { items, total } }) =>
        items.length === 0 ? (
          <Empty title="No reviews here">
            {total > 0 ? 'There are fewer pages than that.' : 'This part of the dataset is empty.'}
          </Empty>
        ) : (
          <>
            <ReviewList reviews={items} busy={result.fetching} />
            <Group justify="space-between">
              <Text size="sm" className="numeric">
                {count(offset + 1)}–{count(Math.min(offset + pageSize, total))} of {count(total)}
              </Text>
              <Pagination
                total={Math.ceil(total / pageSize)}
                value={page}
                onChange={onPage}
                size="sm"
                siblings={0}
                getItemProps={(item) => ({ 'aria-label': `Page ${item}` })}
                getControlProps={(control) => ({ 'aria-label': `${words(control)} page` })}
              />
            </Group>
          </>
        )
      }
    </Loaded>
  );
}
