/** The state of a run or a survey as a badge whose words are told from their ground in both schemes. */
import { Badge } from '@mantine/core';
import { words } from '../../components/format.ts';

const colours: Record<string, string> = {
  QUEUED: 'gray',
  RUNNING: 'blue',
  SUCCEEDED: 'green',
  FAILED: 'red',
  CANCELLED: 'gray',
};

export function StateBadge({ state }: { state: string }) {
  return (
    <Badge variant="dot" color={colours[state] ?? 'gray'} tt="none" style={{ flexShrink: 0 }}>
      {words(state)}
    </Badge>
  );
}
