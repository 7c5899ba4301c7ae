/** The form that starts a small survey: one question, one grid. */
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  NumberInput,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useRef } from 'react';
import type { CombinedError } from 'urql';
import type { StartSurveyInput, SurveysChoicesQuery } from '../../api/operations.ts';
import { count } from '../../components/format.ts';
import { Submit } from '../../components/submit.tsx';
import { initialForm, inputOf, plannedRuns, rules, type SurveyForm } from './surveyForm.ts';

const networks = [
  { value: 'GRU', label: 'GRU' },
  { value: 'BIGRU', label: 'Bidirectional GRU' },
  { value: 'CNN', label: 'CNN' },
  { value: 'TEXTCNN', label: 'CNN of several widths' },
];

const targets = [
  { value: 'SCRATCH', label: 'From scratch', help: 'Labels alone, without a teacher.' },
  { value: 'SOFT', label: 'Soft targets', help: 'The teacher’s probabilities.' },
  { value: 'SOFT_THEN_HARD', label: 'Soft, then hard', help: 'Labels once more after soft targets.' },
];

const list = {
  splitChars: [',', ' '],
  acceptValueOnBlur: true,
  // Numbers are short: more of them fit on a line.
  styles: { inputField: { minWidth: 32 } },
};

export function SurveyStart({
  choices,
  busy,
  error,
  onStart,
}: {
  choices: SurveysChoicesQuery;
  busy: boolean;
  error: CombinedError | undefined;
  onStart: (input: StartSurveyInput) => void;
}) {
  const form = useForm<SurveyForm>({ initialValues: initialForm, validate: rules });
  const nextKey = useRef(1);
  const plan = plannedRuns(form.values);
  const soft = form.values.targets.some((each) => each !== 'SCRATCH');
  return (
    <form
      onSubmit={form.onSubmit((values) => onStart(inputOf(values)))}
      aria-label="Start a survey"
      noValidate
    >
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <TextInput
            label="Name"
            description="Its models’ names begin with it."
            placeholder="small"
            maxLength={24}
            autoComplete="off"
            withAsterisk
            {...form.getInputProps('name')}
          />
          <Select
            label="Dataset"
            description="What students learn and are measured on."
            data={choices.datasets.edges.map(({ node: { name, state } }) => ({
              value: name,
              label: state === 'ABSENT' ? `${name} (not downloaded yet)` : name,
            }))}
            allowDeselect={false}
            withAsterisk
            {...form.getInputProps('dataset')}
          />
          <Select
            label="Teacher"
            description="Whose soft targets students learn."
            data={teacherChoices(choices)}
            allowDeselect={false}
            searchable
            withAsterisk
            {...form.getInputProps('teacher')}
          />
        </SimpleGrid>
        <TextInput
          label="Question"
          description="What the survey is to answer, for its report."
          withAsterisk
          {...form.getInputProps('question')}
        />
        <Stack gap="xs">
          {form.values.students.map(({ key }, index) => (
            <Group key={key} align="flex-start" gap="sm">
              <Select
                label={`Network ${index + 1}`}
                data={networks}
                allowDeselect={false}
                style={{ flex: '1 1 180px' }}
                {...form.getInputProps(`students.${index}.network`)}
              />
              <TagsInput
                label={`Sizes of network ${index + 1}`}
                {...list}
                style={{ flex: '2 1 180px' }}
                {...form.getInputProps(`students.${index}.sizes`)}
              />
              <ActionIcon
                variant="default"
                size={36}
                mt={25}
                aria-label={`Remove network ${index + 1}`}
                disabled={form.values.students.length === 1}
                onClick={() => form.removeListItem('students', index)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Group>
          ))}
          <Text size="xs" c="dimmed">
            Sizes are hidden sizes of a direction, or filters of a width.
          </Text>
          <Group>
            <Button
              size="xs"
              variant="default"
              leftSection={<IconPlus size={14} />}
              onClick={() => {
                form.insertListItem('students', { key: nextKey.current, network: 'CNN', sizes: ['32'] });
                nextKey.current += 1;
              }}
            >
              Add a network
            </Button>
          </Group>
        </Stack>
        <Checkbox.Group
          label="Targets"
          description="What students learn from."
          inputWrapperOrder={['label', 'description', 'input', 'error']}
          {...form.getInputProps('targets')}
        >
          <SimpleGrid cols={{ base: 1, sm: 3 }} mt="xs">
            {targets.map(({ value, label, help }) => (
              <Checkbox key={value} value={value} label={label} description={help} />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }}>
          <TagsInput
            label="Temperatures"
            description="Of the soft targets."
            disabled={!soft}
            {...list}
            {...form.getInputProps('temperatures')}
          />
          <TagsInput
            label="Hard label weights"
            description="Of the labels’ loss, 0 to 1."
            disabled={!soft}
            {...list}
            {...form.getInputProps('hardLabelWeights')}
          />
          <TagsInput
            label="Seeds"
            description="Each trains every student once."
            {...list}
            {...form.getInputProps('seeds')}
          />
          <NumberInput
            label="Epochs"
            description="Passes over the reviews."
            placeholder="as the server"
            min={1}
            max={1000}
            allowDecimal={false}
            {...form.getInputProps('epochs')}
          />
        </SimpleGrid>
        <Submit label="Start the survey" busy={busy} error={error}>
          Plans <strong>{count(plan.runs)}</strong> {plan.runs === 1 ? 'run' : 'runs'}: {count(plan.students)}{' '}
          {plan.students === 1 ? 'student' : 'students'} × {count(plan.conditions)}{' '}
          {plan.conditions === 1 ? 'condition' : 'conditions'} × {count(plan.seeds)}{' '}
          {plan.seeds === 1 ? 'seed' : 'seeds'}.
        </Submit>
      </Stack>
    </form>
  );
}

/** The alias first: it follows the newest teacher. */
function teacherChoices({ models }: SurveysChoicesQuery) {
  const teachers = models.edges.flatMap(({ node }) => (node.method === 'TEACHER' ? [node] : []));
  const named = teachers.map(({ name }) => ({ value: name, label: name }));
  const current = teachers.find(({ aliases }) => aliases.includes('teacher'));
  return [{ value: 'teacher', label: current ? `teacher (now ${current.name})` : 'teacher' }, ...named];
}
