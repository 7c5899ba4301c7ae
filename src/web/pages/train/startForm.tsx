/** The form that starts a training: what it learns, from what, and how. */
import { Accordion, SimpleGrid, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useState } from 'react';
import { useMutation, type CombinedError } from 'urql';
import { useLocation } from 'wouter';
import {
  TrainStartDistillationDocument,
  TrainStartStudentDocument,
  TrainStartTeacherDocument,
  type TrainChoicesQuery,
} from '../../api/operations.ts';
import { Submit } from '../../components/submit.tsx';
import { MainFields, MoreFields } from './formFields.tsx';
import { encoderSettings, mainSettings, moreSettings } from './settings.ts';
import { SettingField } from './settingField.tsx';
import {
  distillationInput,
  faultsOf,
  initialValues,
  studentInput,
  teacherInput,
  usualName,
  type Training,
  type TrainingValues,
} from './trainingForm.ts';

const startNames: Record<Training, string> = {
  teacher: 'Train the teacher',
  distillation: 'Distil the student',
  student: 'Train the student',
};

/** These stand in front; what the server says about any other opens "More settings". */
const inFront = new Set(['name', 'dataset', 'size', 'teacher', 'checkpoint']);

export function StartForm({
  training,
  choices,
  dataset,
  teacher,
}: {
  training: Training;
  choices: TrainChoicesQuery;
  dataset: string;
  teacher: string;
}) {
  const [, navigate] = useLocation();
  const [more, setMore] = useState<string | null>(null);
  const [failure, setFailure] = useState<CombinedError | null>(null);
  const start = useStart(training);
  const form = useForm<TrainingValues>({
    initialValues: initialValues(training, dataset, teacher),
    validate: {
      name: (name) => (name.trim() === '' ? 'A name is needed to publish the model under.' : null),
      dataset: (chosen) => (chosen ? null : 'Choose a dataset.'),
    },
    onValuesChange: (values, before) => {
      const suggested = usualName(training, before);
      const next = usualName(training, values);
      if (values.name === suggested && next !== suggested) form.setFieldValue('name', next);
    },
  });
  const submit = form.onSubmit(async (values) => {
    setFailure(null);
    const { id, error } = await start.run(values);
    if (id !== undefined) {
      notifications.show({
        message: `${values.name} is queued.`,
        color: 'teal',
      });
      navigate(`/runs/${id}`);
      return;
    }
    if (!error) return;
    const faults = faultsOf(error);
    form.setErrors(faults);
    setFailure(error);
    const front = new Set([...inFront, ...mainSettings[training].map(({ key }) => `numbers.${key}`)]);
    if (Object.keys(faults).some((path) => !front.has(path))) setMore('more');
  });
  const ownEncoder =
    training === 'teacher' && !form.values.checkpoint.trim() && form.values.startFrom === null;

  return (
    <form onSubmit={submit} noValidate aria-label={startNames[training]}>
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="md">
          <MainFields training={training} form={form} choices={choices} />
          {mainSettings[training].map((setting) => (
            <SettingField key={setting.key} form={form} group="numbers" setting={setting} />
          ))}
        </SimpleGrid>
        <Accordion variant="contained" value={more} onChange={setMore}>
          <Accordion.Item value="more">
            <Accordion.Control>More settings</Accordion.Control>
            <Accordion.Panel>
              <Text size="sm" mb="md">
                An empty field takes the default that it shows.
              </Text>
              <SimpleGrid cols={{ base: 1, sm: 2, md: 3 }} spacing="md">
                <MoreFields training={training} form={form} choices={choices} />
                {ownEncoder &&
                  encoderSettings.map((setting) => (
                    <SettingField key={setting.key} form={form} group="encoder" setting={setting} />
                  ))}
                {moreSettings[training].map((setting) => (
                  <SettingField key={setting.key} form={form} group="numbers" setting={setting} />
                ))}
              </SimpleGrid>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <Submit label={startNames[training]} busy={start.fetching} error={failure}>
          {training === 'teacher'
            ? 'When it ends, the alias teacher means the new version.'
            : 'When it ends, the alias best-student means the best student of this dataset.'}
        </Submit>
      </Stack>
    </form>
  );
}

/** Three mutations behind one face. */
function useStart(training: Training) {
  const [teacher, startTeacher] = useMutation(TrainStartTeacherDocument);
  const [distillation, startDistillation] = useMutation(TrainStartDistillationDocument);
  const [student, startStudent] = useMutation(TrainStartStudentDocument);
  const run = async (
    values: TrainingValues,
  ): Promise<{ id?: string | undefined; error?: CombinedError | undefined }> => {
    if (training === 'teacher') {
      const { data, error } = await startTeacher({ input: teacherInput(values) });
      return { id: data?.startTeacherTraining.id, error };
    }
    if (training === 'distillation') {
      const { data, error } = await startDistillation({ input: distillationInput(values) });
      return { id: data?.startDistillation.id, error };
    }
    const { data, error } = await startStudent({ input: studentInput(values) });
    return { id: data?.startStudentTraining.id, error };
  };
  return { run, fetching: teacher.fetching || distillation.fetching || student.fetching };
}
