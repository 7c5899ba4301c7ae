/** The datasets that runs can use, their reviews, and a way to bring one's own. */
import { Anchor, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { DataPageDocument } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { DatasetTable } from './datasetTable.tsx';
import { ReviewsDrawer } from './reviewsDrawer.tsx';
import { UploadPanel } from './uploadPanel.tsx';

export default function DataPage() {
  const [result, ask] = useQuery({ query: DataPageDocument });
  const askAgain = () => ask({ requestPolicy: 'network-only' });
  return (
    <Page title="Data" lead="Reviews that models learn from and are measured on.">
      <Loaded result={result} onRetry={askAgain}>
        {({ datasets, system }) => {
          const known = datasets.edges.map(({ node }) => node);
          return (
            <>
              <Section title="Datasets">
                {known.length > 0 ? (
                  <DatasetTable datasets={known} />
                ) : (
                  <Empty title="There is no dataset yet">
                    <Anchor href="#import" underline="always">
                      Import reviews of your own
                    </Anchor>
                  </Empty>
                )}
              </Section>
              <Section title="Import reviews">
                <Text id="import" c="dimmed" size="sm" mb="md">
                  A CSV file whose first line names the columns text and label, or JSONL with one object of
                  these keys a line. Labels are negative or positive; a row without one is unlabelled. A
                  further column, split, may say train, validation or test; without it the import cuts the
                  parts.
                </Text>
                <UploadPanel
                  bodyBytes={system.limits.bodyBytes}
                  takenNames={known.map(({ name }) => name)}
                  onImported={askAgain}
                />
              </Section>
              <ReviewsDrawer datasets={known} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
