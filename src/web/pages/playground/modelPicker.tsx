/** Chooses the models that answer, among all there are. */
import { Button, Group, MultiSelect } from '@mantine/core';
import type { PlaygroundModelFragment } from '../../api/operations.ts';
import type { methodNames } from '../../components/colours.ts';

/** As groups of the list. */
const methods = ['TEACHER', 'DISTILLED', 'SCRATCH', 'BASELINE'] as const;

const groupNames = {
  TEACHER: 'Teachers',
  DISTILLED: 'Distilled students',
  SCRATCH: 'Students from scratch',
  BASELINE: 'Baselines',
} as const satisfies Record<keyof typeof methodNames, string>;

export function ModelPicker({
  models,
  names,
  onChange,
}: {
  models: readonly PlaygroundModelFragment[];
  names: readonly string[];
  onChange: (names: readonly string[]) => void;
}) {
  const listed = new Set(models.map(({ name }) => name));
  const unlisted = names.filter((name) => !listed.has(name));
  const groups = [
    ...methods.map((method) => ({
      group: groupNames[method] as string,
      items: models.filter((model) => model.method === method).map(({ name }) => name),
    })),
    { group: 'Named by the address', items: unlisted },
  ].filter(({ items }) => items.length > 0);
  return (
    <Group align="flex-start" gap="sm">
      <MultiSelect
        label="Models"
        description="A name means its newest version."
        placeholder={names.length === 0 ? 'Choose at least one model' : undefined}
        data={groups}
        value={[...names]}
        onChange={onChange}
        searchable
        hidePickedOptions
        nothingFoundMessage="No other model of that name"
        style={{ flex: '1 1 280px' }}
      />
      <Button
        variant="default"
        mt={25}
        disabled={models.every(({ name }) => names.includes(name))}
        onClick={() => onChange(groups.flatMap(({ items }) => items))}
      >
        All models
      </Button>
    </Group>
  );
}
