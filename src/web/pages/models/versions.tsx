/** The other versions of a model's name: 1 to the newest, each a link. */
import { Anchor, Group, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { Link } from 'wouter';
import { ModelNewestDocument } from '../../api/operations.ts';
import { modelPath } from '../../components/modelLink.tsx';

/** Links at most: the newest versions. */
const most = 10;

export function Versions({ name, version }: { name: string; version: number }) {
  const [{ data }] = useQuery({ query: ModelNewestDocument, variables: { name } });
  const newest = data?.model.version ?? version;
  if (newest === 1) return <>1, the only one</>;
  const all = Array.from({ length: newest }, (_, index) => newest - index);
  return (
    <Group gap="xs" component="span">
      {all.slice(0, most).map((other) =>
        other === version ? (
          <Text key={other} span inherit fw={650} aria-current="page">
            {other}
            {other === newest && ' (newest)'}
          </Text>
        ) : (
          <Anchor
            key={other}
            component={Link}
            href={modelPath(`${name}@${other}`)}
            underline="always"
            inherit
            aria-label={`Version ${other}`}
          >
            {other}
            {other === newest && ' (newest)'}
          </Anchor>
        ),
      )}
      {version <= newest - most && <span>… {version} (this one)</span>}
    </Group>
  );
}
