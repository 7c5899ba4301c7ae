/** The section on aliases: the list, and the form that sets one. */
import { Divider, Stack, Text, Title } from '@mantine/core';
import { useQuery } from 'urql';
import { ModelsAliasesDocument } from '../../api/operations.ts';
import { Section } from '../../components/page.tsx';
import { Loaded } from '../../components/states.tsx';
import { AliasForm } from './aliasForm.tsx';
import { AliasHistory } from './aliasHistory.tsx';
import { AliasTable } from './aliasTable.tsx';

/** @param onSet an alias was set: names in other lists have changed */
export function Aliases({ references, onSet }: { references: readonly string[]; onSet: () => void }) {
  const [result, ask] = useQuery({ query: ModelsAliasesDocument });
  const refresh = () => ask({ requestPolicy: 'network-only' });
  return (
    <Section title="Aliases">
      <Stack gap="md">
        <Text size="sm">
          A name that means a version until it is moved, for every client at once. It can try another version
          on a share of the texts first.
        </Text>
        <Loaded result={result} onRetry={refresh} rows={3}>
          {({ aliases }) => (
            <>
              {aliases.length > 0 ? (
                <AliasTable aliases={aliases} />
              ) : (
                <Text size="sm">
                  There is no alias yet. The server makes teacher and best-student by itself.
                </Text>
              )}
              <Divider />
              <Title order={3} size="h5">
                Set an alias
              </Title>
              <AliasForm
                aliases={aliases.map(({ name }) => name)}
                references={references}
                onSet={() => {
                  refresh();
                  onSet();
                }}
              />
              {aliases.length > 0 && (
                <>
                  <Divider />
                  <Title order={3} size="h5">
                    History
                  </Title>
                  <AliasHistory
                    aliases={aliases.map(({ name }) => name)}
                    onRolledBack={() => {
                      refresh();
                      onSet();
                    }}
                  />
                </>
              )}
            </>
          )}
        </Loaded>
      </Stack>
    </Section>
  );
}
