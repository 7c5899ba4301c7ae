/** Starts surveys and lists those that there are. */
import { Tabs } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from 'urql';
import { useLocation } from 'wouter';
import { SurveysChoicesDocument, SurveysStartDocument, type StartSurveyInput } from '../../api/operations.ts';
import { Page, Section } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { SurveyJson } from './surveyJson.tsx';
import { SurveyList } from './surveyList.tsx';
import { SurveyStart } from './surveyStart.tsx';

export default function SurveysPage() {
  const [, navigate] = useLocation();
  const [choices, refetch] = useQuery({ query: SurveysChoicesDocument });
  const [{ fetching, error }, start] = useMutation(SurveysStartDocument);

  const onStart = async (input: StartSurveyInput) => {
    const { data } = await start({ input });
    if (!data) return;
    notifications.show({ color: 'green', message: 'The survey has started.' });
    navigate(`/surveys/${data.startSurvey.id}`);
  };

  return (
    <Page
      title="Surveys"
      lead="A question, a grid of students over several seeds, and an answer with intervals."
    >
      <Section title="Start a survey">
        <Tabs defaultValue="form" keepMounted={false}>
          <Tabs.List mb="md">
            <Tabs.Tab value="form">Form</Tabs.Tab>
            <Tabs.Tab value="json">JSON</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="form">
            <Loaded result={choices} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={8}>
              {(data) => <SurveyStart choices={data} busy={fetching} error={error} onStart={onStart} />}
            </Loaded>
          </Tabs.Panel>
          <Tabs.Panel value="json">
            <SurveyJson busy={fetching} error={error} onStart={onStart} />
          </Tabs.Panel>
        </Tabs>
      </Section>
      <Section title="Surveys so far">
        <SurveyList />
      </Section>
    </Page>
  );
}
