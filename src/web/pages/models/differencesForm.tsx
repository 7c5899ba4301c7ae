/** Chooses two models, a dataset, its part, and how many reviews are asked about. */
import { SegmentedControl, Select, SimpleGrid, Input } from '@mantine/core';
import type { BenchmarkSplit, DifferencesChoicesQuery } from '../../api/operations.ts';
import { reviewCounts, type Question } from './differencesQuestion.ts';

export function DifferencesForm({
  choices,
  question,
  onChange,
}: {
  choices: DifferencesChoicesQuery;
  question: Question;
  onChange: (change: Partial<Question>) => void;
}) {
  const { models, dataset, split, reviews } = question;
  const [first, second] = models;
  const references = choices.models.edges.map(({ node }) => node.reference);
  const datasets = choices.datasets.edges.map(({ node: { name, state } }) => ({
    value: name,
    label: state === 'READY' ? name : `${name} (not ready)`,
    disabled: state !== 'READY',
  }));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 5 }} spacing="sm">
      <Select
        label="First model"
        placeholder="Choose a model"
        data={withOwn(references, first)}
        value={first}
        onChange={(name) => onChange({ models: [name, second] })}
        searchable
        allowDeselect={false}
      />
      <Select
        label="Second model"
        placeholder="Choose a model"
        data={withOwn(references, second)}
        value={second}
        onChange={(name) => onChange({ models: [first, name] })}
        error={first !== null && first === second ? 'Choose another model' : undefined}
        searchable
        allowDeselect={false}
      />
      <Select
        label="Dataset"
        placeholder="Choose a dataset"
        data={
          dataset === null || datasets.some(({ value }) => value === dataset)
            ? datasets
            : [...datasets, { value: dataset, label: dataset, disabled: false }]
        }
        value={dataset}
        onChange={(name) => onChange({ dataset: name })}
        allowDeselect={false}
      />
      <Input.Wrapper label="Part" labelElement="div">
        <SegmentedControl
          aria-label="Part of the dataset"
          fullWidth
          data={[
            { value: 'VALIDATION', label: 'Validation' },
            { value: 'TEST', label: 'Test' },
          ]}
          value={split}
          onChange={(part) => onChange({ split: part as BenchmarkSplit })}
        />
      </Input.Wrapper>
      <Select
        label="Reviews"
        data={[...new Set([...reviewCounts, reviews])].sort((a, b) => a - b).map(String)}
        value={String(reviews)}
        onChange={(value) => onChange({ reviews: Number(value) })}
        allowDeselect={false}
      />
    </SimpleGrid>
  );
}

/** An alias or an older version that the address names can be chosen too. */
const withOwn = (references: readonly string[], own: string | null): string[] =>
  own === null || references.includes(own) ? [...references] : [own, ...references];
