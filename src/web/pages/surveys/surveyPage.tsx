/** One survey: followed live while it runs, then its report. */
import { Alert, Button, Code, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useCallback, useState } from 'react';
import { useQuery } from 'urql';
import {
  SurveyPageDocument,
  SurveyPageReportDocument,
  type SurveyPageStateFragment,
} from '../../api/operations.ts';
import { dateTime } from '../../components/format.ts';
import { Page, Section } from '../../components/page.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { StateBadge } from '../../components/run.tsx';
import { LinkButton, save } from '../../components/share.tsx';
import { Fold } from '../../components/fold.tsx';
import { SurveyActions } from './surveyActions.tsx';
import { SurveyProgressView } from './surveyProgress.tsx';
import { SurveyReportView } from './surveyReport.tsx';
import { useSurveyProgress } from './useSurveyProgress.ts';

export default function SurveyPage({ id }: { id: string }) {
  const [result, refetch] = useQuery({ query: SurveyPageDocument, variables: { id } });
  const [times, setTimes] = useState(0);
  const survey = result.data?.survey;
  const again = useCallback(() => refetch({ requestPolicy: 'network-only' }), [refetch]);
  return (
    <Page
      title={survey ? `Survey ${survey.name}` : 'Survey'}
      lead={survey ? titleOf(survey) : 'Grids of students that are trained and compared.'}
      actions={
        <>
          <LinkButton />
          {survey && (
            <SurveyActions
              survey={survey}
              onStarted={() => {
                setTimes(times + 1);
                again();
              }}
            />
          )}
        </>
      }
    >
      <Loaded result={result} onRetry={again} rows={10}>
        {(data) => <SurveyView survey={data.survey} times={times} onEnd={again} />}
      </Loaded>
    </Page>
  );
}

function titleOf({ specification: { title } }: SurveyPageStateFragment): string {
  return typeof title === 'string' ? title : '';
}

function SurveyView({
  survey,
  times,
  onEnd,
}: {
  survey: SurveyPageStateFragment;
  /** How often it was started from this page. */
  times: number;
  onEnd: () => void;
}) {
  const live = survey.state === 'RUNNING';
  const { latest, failed, error } = useSurveyProgress(live ? survey.id : null, times, onEnd);
  const progress = (live ? latest : null) ?? survey.progress;
  const failedAtFirst = survey.progress.runs.filter((run) => run.state === 'FAILED');
  return (
    <>
      <Section title="Progress" aside={<StateBadge state={progress.state} />}>
        <SurveyProgressView progress={progress} failed={latest ? failed : failedAtFirst} error={error} />
        {survey.error && (
          <Alert color="red" variant="light" mt="md" title="It ended early">
            {survey.error.message}
          </Alert>
        )}
        <Text size="sm" c="dimmed" mt="md">
          Started {dateTime(survey.createdAt)}
          {survey.endedAt && `, ended ${dateTime(survey.endedAt)}`}
        </Text>
      </Section>
      {survey.files.length > 0 ? (
        <>
          {/* A survey that was added to has another report when it ends again. */}
          <Report key={survey.endedAt} id={survey.id} />
          <Files survey={survey} />
        </>
      ) : (
        !live && <Empty title="There is no report">A report is made when a survey has succeeded.</Empty>
      )}
      <Fold title="What was asked for (JSON)">
        {() => (
          <Code block tabIndex={0} mah={480} style={{ overflow: 'auto' }}>
            {JSON.stringify(survey.specification, null, 2)}
          </Code>
        )}
      </Fold>
    </>
  );
}

/** Asked for apart from the progress, since it is large. */
function Report({ id }: { id: string }) {
  const [result, refetch] = useQuery({ query: SurveyPageReportDocument, variables: { id } });
  return (
    <Loaded result={result} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={12}>
      {({ survey: { report } }) => (report ? <SurveyReportView report={report} /> : null)}
    </Loaded>
  );
}

function Files({ survey: { id, name, files } }: { survey: SurveyPageStateFragment }) {
  return (
    <Section title="Files of the report">
      <Group gap="xs">
        {files.map((file) => (
          <Button
            key={file}
            size="xs"
            variant="default"
            leftSection={<IconDownload size={14} />}
            onClick={() => save(`/surveys/${id}/${file}`, `${name}-${file}`)}
          >
            {file}
          </Button>
        ))}
      </Group>
    </Section>
  );
}
