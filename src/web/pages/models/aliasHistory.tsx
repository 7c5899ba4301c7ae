/** What an alias has meant since when, and the way back to the version before. */
import { Button, Group, Select, Stack, Table } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useMutation, useQuery } from 'urql';
import {
  ModelsAliasHistoryDocument,
  ModelsRollbackAliasDocument,
  type ModelsAliasChangeFragment,
} from '../../api/operations.ts';
import { dateTime } from '../../components/format.ts';
import { ModelLink } from '../../components/modelLink.tsx';
import { Loaded, Refusal } from '../../components/states.tsx';
import { Scroll } from '../../components/scroll.tsx';

/** @param onRolledBack the alias means another version now */
export function AliasHistory({
  aliases,
  onRolledBack,
}: {
  aliases: readonly string[];
  onRolledBack: () => void;
}) {
  const [alias, setAlias] = useState<string | null>(null);
  return (
    <Stack gap="sm">
      <Select
        label="Alias"
        placeholder="Choose one"
        data={[...aliases]}
        value={alias}
        onChange={setAlias}
        clearable
        maw={320}
      />
      {alias !== null && <Changes key={alias} alias={alias} onRolledBack={onRolledBack} />}
    </Stack>
  );
}

function Changes({ alias, onRolledBack }: { alias: string; onRolledBack: () => void }) {
  const [result, ask] = useQuery({ query: ModelsAliasHistoryDocument, variables: { alias } });
  const [{ fetching, error }, rollback] = useMutation(ModelsRollbackAliasDocument);
  const refresh = () => ask({ requestPolicy: 'network-only' });
  const goBack = async () => {
    const { data } = await rollback({ alias });
    if (!data) return;
    notifications.show({
      title: `${alias} was rolled back`,
      message: `It means ${data.rollbackAlias.reference} again.`,
    });
    refresh();
    onRolledBack();
  };
  return (
    <Loaded result={result} onRetry={refresh} rows={3}>
      {({ aliasHistory: { edges } }) => (
        <>
          <Scroll label={`History of ${alias}`} minWidth={600}>
            <Table aria-label={`History of ${alias}`} verticalSpacing="xs">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>Since</Table.Th>
                  <Table.Th>Model</Table.Th>
                  <Table.Th>Tries</Table.Th>
                  <Table.Th>Why</Table.Th>
                  <Table.Th>By</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {edges.map(({ cursor, node }) => (
                  <Table.Tr key={cursor}>
                    <Table.Td>{dateTime(node.at)}</Table.Td>
                    <Table.Td>
                      <ModelLink reference={node.reference} />
                    </Table.Td>
                    <Table.Td>{triedWords(node.candidate)}</Table.Td>
                    <Table.Td>{node.reason.toLowerCase()}</Table.Td>
                    <Table.Td>{node.actor ?? 'the server'}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Scroll>
          <Group>
            <Button variant="default" loading={fetching} onClick={() => void goBack()}>
              Roll back to the version before
            </Button>
            <Refusal error={error} p="xs" />
          </Group>
        </>
      )}
    </Loaded>
  );
}

function triedWords(candidate: ModelsAliasChangeFragment['candidate']): string {
  if (!candidate) return 'nothing';
  const share = `${Number((100 * candidate.share).toFixed(1))} % of the texts`;
  return `${candidate.reference}${candidate.shadow ? ' as a shadow' : ''} on ${share}`;
}
