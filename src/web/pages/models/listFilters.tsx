/** The fields that narrow the list of models. */
import { Group, Select, Switch, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { methodNames } from '../../components/colours.ts';
import { methods, type ListView } from './listView.ts';

export function ListFilters({
  view,
  datasets,
  onChange,
}: {
  view: ListView;
  datasets: readonly string[];
  onChange: (change: Record<string, string | null>) => void;
}) {
  return (
    <Group align="flex-end" gap="sm" mb="md">
      <TextInput
        label="Find"
        placeholder="Name, architecture or alias"
        leftSection={<IconSearch size={16} aria-hidden />}
        value={view.words}
        onChange={({ currentTarget }) => onChange({ q: currentTarget.value })}
        style={{ flex: '1 1 220px' }}
        maw={320}
      />
      <Select
        label="Method"
        placeholder="All methods"
        data={methods.map((value) => ({ value, label: methodNames[value] }))}
        value={view.method}
        onChange={(method) => onChange({ method })}
        clearable
        clearButtonProps={{ 'aria-label': 'Show all methods' }}
        w={190}
      />
      {(datasets.length > 1 || view.dataset !== null) && (
        <Select
          label="Dataset"
          placeholder="All datasets"
          data={[...datasets]}
          value={view.dataset}
          onChange={(dataset) => onChange({ dataset })}
          clearable
          clearButtonProps={{ 'aria-label': 'Show all datasets' }}
          w={160}
        />
      )}
      <Switch
        label="Students of surveys too"
        checked={view.ofSurveys}
        onChange={({ currentTarget }) => onChange({ surveys: currentTarget.checked ? '1' : null })}
        pb={8}
      />
    </Group>
  );
}
