/** Chooses the run whose curves are laid over this one's. */
import { Select } from '@mantine/core';
import { useQuery } from 'urql';
import {
  RunComparableDocument,
  type RunComparableQuery,
  type RunComparableRunFragment,
  type RunDetailsFragment,
} from '../../api/operations.ts';
import { dateTime } from '../../components/format.ts';
import { kindNames, runName } from '../../components/run.tsx';

interface OverlayChoiceProps {
  readonly run: RunDetailsFragment;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

export function OverlayChoice({ run, chosen, onChoose }: OverlayChoiceProps) {
  const [{ data }] = useQuery({ query: RunComparableDocument });
  return (
    <Select
      label="Compare with"
      placeholder={data ? 'another run' : 'loading…'}
      data={data ? groupsOf(run, data) : []}
      value={chosen}
      onChange={onChoose}
      searchable
      clearable
      nothingFoundMessage="No other training yet"
      size="xs"
      w={280}
      maw="100%"
    />
  );
}

/** Those of the same network first: they are what a distillation is compared with. */
function groupsOf(run: RunDetailsFragment, { students, distillations, teachers }: RunComparableQuery) {
  const others = [...students.edges, ...distillations.edges, ...teachers.edges]
    .map(({ node }) => node)
    .filter(({ id }) => id !== run.id)
    .sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  const { architecture } = run.configuration;
  const same = others.filter(
    ({ configuration }) => architecture !== undefined && configuration.architecture === architecture,
  );
  const rest = others.filter((other) => !same.includes(other));
  return [
    { group: `Also ${String(architecture)}`, items: same.map(itemOf) },
    { group: same.length > 0 ? 'Others' : 'Runs', items: rest.map(itemOf) },
  ].filter(({ items }) => items.length > 0);
}

const itemOf = (run: RunComparableRunFragment) => ({
  value: run.id,
  label: `${runName(run)}, ${kindNames[run.kind].toLowerCase()}, ${dateTime(run.createdAt)}`,
});
