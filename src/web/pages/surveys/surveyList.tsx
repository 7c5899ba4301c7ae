/** The surveys that there are, the newest first. */
import { Anchor, Stack, Table } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { SurveysPageDocument } from '../../api/operations.ts';
import { dateTime, duration } from '../../components/format.ts';
import { PagerButtons, usePager } from '../../components/pager.tsx';
import { Empty, Loaded } from '../../components/states.tsx';
import { StateBadge } from '../../components/run.tsx';
import { Scroll } from '../../components/scroll.tsx';

export function SurveyList() {
  const pager = usePager();
  const [result, refetch] = useQuery({
    query: SurveysPageDocument,
    variables: { after: pager.after },
  });
  return (
    <Loaded result={result} onRetry={() => refetch({ requestPolicy: 'network-only' })} rows={4}>
      {({ surveys: { edges, pageInfo } }) =>
        edges.length === 0 ? (
          <Empty title="No survey yet">
            Ask a question above: a small one on the sample takes a minute or two.
          </Empty>
        ) : (
          <Stack>
            <Scroll label="Surveys" minWidth={520}>
              <Table striped aria-label="Surveys">
                <Table.Thead>
                  <Table.Tr>
                    <Table.Th>Name</Table.Th>
                    <Table.Th>State</Table.Th>
                    <Table.Th>Created</Table.Th>
                    <Table.Th className="numeric">Took</Table.Th>
                  </Table.Tr>
                </Table.Thead>
                <Table.Tbody>
                  {edges.map(({ node: { id, name, state, createdAt, endedAt } }) => (
                    <Table.Tr key={id}>
                      <Table.Td>
                        <Anchor component={Link} href={`/surveys/${id}`} underline="always" size="sm">
                          {name}
                        </Anchor>
                      </Table.Td>
                      <Table.Td>
                        <StateBadge state={state} />
                      </Table.Td>
                      <Table.Td>{dateTime(createdAt)}</Table.Td>
                      <Table.Td className="numeric">
                        {endedAt ? duration((Date.parse(endedAt) - Date.parse(createdAt)) / 1000) : '–'}
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Scroll>
            <PagerButtons pager={pager} pageInfo={pageInfo} />
          </Stack>
        )
      }
    </Loaded>
  );
}
