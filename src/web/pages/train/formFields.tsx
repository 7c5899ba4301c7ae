/** Fields of a training's form that are no plain numbers: names, choices and switches. */
import { MultiSelect, NumberInput, Select, Switch, TextInput } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { DatasetState, TrainChoicesQuery } from '../../api/operations.ts';
import { count } from '../../components/format.ts';
import { architectureOf, networks, type Training, type TrainingValues } from './trainingForm.ts';

interface FieldsProps {
  readonly training: Training;
  readonly form: UseFormReturnType<TrainingValues>;
  readonly choices: TrainChoicesQuery;
}

const datasetNotes: Record<DatasetState, string> = {
  READY: 'ready',
  AVAILABLE: 'prepared by its first run',
  ABSENT: 'its file is not here yet',
};

export function MainFields({ training, form, choices }: FieldsProps) {
  const datasets = choices.datasets.edges.map(({ node: { name, state, counts } }) => ({
    value: name,
    label: `${name} (${counts ? `${count(counts.train)} training reviews` : datasetNotes[state]})`,
  }));
  const network = networks.find(({ value }) => value === form.values.network);
  return (
    <>
      <Select
        label="Dataset"
        description="The reviews to train, choose and measure on."
        data={datasets}
        allowDeselect={false}
        required
        {...form.getInputProps('dataset')}
      />
      {training === 'distillation' && (
        <Select
          label="Teacher"
          description="Whose soft targets are learnt: a model, or what an alias means."
          data={teachersOf(choices)}
          allowDeselect={false}
          searchable
          required
          {...form.getInputProps('teacher')}
        />
      )}
      {training === 'teacher' && (
        <TextInput
          label="Checkpoint"
          description="A folder’s name in the checkpoint directories, or a hub name (owner/name). Random weights without it."
          placeholder="random weights"
          disabled={form.values.startFrom !== null}
          {...form.getInputProps('checkpoint')}
        />
      )}
      {training !== 'teacher' && (
        <>
          <Select
            label="Network"
            description="What the student is."
            data={networks.map(({ value, label }) => ({ value, label }))}
            allowDeselect={false}
            {...form.getInputProps('network')}
          />
          <NumberInput
            label={network?.size ?? 'Size'}
            description={`The architecture is then ${architectureOf(form.values)}.`}
            min={1}
            max={9999}
            step={16}
            clampBehavior="none"
            allowDecimal={false}
            required
            {...form.getInputProps('size')}
          />
        </>
      )}
      <TextInput
        label="Name"
        description="The name to publish under; an existing one gets a new version."
        required
        autoComplete="off"
        {...form.getInputProps('name')}
      />
    </>
  );
}

export function MoreFields({ training, form, choices }: FieldsProps) {
  if (training === 'distillation')
    return (
      <>
        <MultiSelect
          label="Ensemble"
          description="More teachers, or baselines, whose logits are averaged with the teacher’s. At most 8."
          data={namesOf(choices, ({ method }) => method === 'TEACHER' || method === 'BASELINE')}
          maxValues={8}
          clearable
          {...form.getInputProps('ensemble')}
        />
        <Switch
          label="Learn from the rest without labels"
          // Level with the fields beside it, which have their labels above.
          pt={{ base: 0, sm: 28 }}
          description="Training reviews beyond “Train reviews” are learnt from as well, without their labels."
          {...form.getInputProps('restUnlabelled', { type: 'checkbox' })}
        />
      </>
    );
  const teacher = training === 'teacher';
  const architecture = architectureOf(form.values);
  return (
    <Select
      label="Start from"
      description={
        teacher
          ? 'A teacher to go on from in place of a checkpoint: a second stage.'
          : `A student ${architecture} to go on from, such as a distilled one; its vocabulary and embeddings stay.`
      }
      placeholder={teacher ? 'no model' : 'new weights'}
      data={namesOf(choices, (model) =>
        teacher ? model.method === 'TEACHER' : isStudent(model.method) && model.architecture === architecture,
      )}
      clearable
      searchable
      nothingFoundMessage="No such model yet"
      {...form.getInputProps('startFrom')}
    />
  );
}

type Choice = TrainChoicesQuery['models']['edges'][number]['node'];

const isStudent = (method: Choice['method']) => method === 'DISTILLED' || method === 'SCRATCH';

function namesOf({ models }: TrainChoicesQuery, fits: (model: Choice) => boolean): string[] {
  return models.edges.flatMap(({ node }) => (fits(node) ? [node.name] : []));
}

/** Aliases of teachers first: they stay right when a newer one comes. */
function teachersOf({ aliases, models }: TrainChoicesQuery) {
  const aliased = aliases.filter(({ model }) => model.method === 'TEACHER');
  const own = models.edges.filter(({ node: { method } }) => method === 'TEACHER');
  const items = [
    ...aliased.map(({ name, model }) => ({ value: name, label: `${name} (now ${model.reference})` })),
    ...own
      .filter(({ node }) => !aliased.some(({ name }) => name === node.name))
      .map(({ node }) => ({ value: node.name, label: `${node.name} (${node.architecture})` })),
  ];
  return items.length > 0 ? items : [{ value: 'teacher', label: 'teacher (none yet: train one first)' }];
}
