/** What stands where models would, while there are none. */
import { Anchor } from '@mantine/core';
import { Link } from 'wouter';
import { Empty } from './states.tsx';

export function NoModels() {
  return (
    <Empty title="No models yet">
      <Anchor component={Link} href="/train" underline="always">
        Train a first model
      </Anchor>
      : on the dataset sample that takes seconds.
    </Empty>
  );
}
