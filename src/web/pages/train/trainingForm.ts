/** What the forms of the three trainings hold, and what the server is sent of it. */
import type { CombinedError } from 'urql';
import { encoderSettings, mainSettings, moreSettings, type NumberSetting } from './settings.ts';

export type Training = 'teacher' | 'distillation' | 'student';

export const networks = [
  { value: 'gru', label: 'GRU', size: 'Hidden size' },
  { value: 'bigru', label: 'Bidirectional GRU: stronger, slower', size: 'Hidden size of a direction' },
  { value: 'cnn', label: 'CNN', size: 'Filters' },
  { value: 'textcnn', label: 'TextCNN: stronger, slower', size: 'Filters of a width' },
] as const;

export interface TrainingValues {
  name: string;
  dataset: string;
  network: string;
  size: number | string;
  teacher: string;
  ensemble: string[];
  checkpoint: string;
  startFrom: string | null;
  restUnlabelled: boolean;
  /** By the setting's key; empty where the server's default holds. */
  numbers: Record<string, number | string>;
  encoder: Record<string, number | string>;
}

export const architectureOf = ({ network, size }: Pick<TrainingValues, 'network' | 'size'>): string =>
  `${network}-${size}`;

/** @returns a name that tells what the model is, until the reader gives another */
export function usualName(
  training: Training,
  values: Pick<TrainingValues, 'dataset' | 'network' | 'size'>,
): string {
  if (training === 'teacher') return 'teacher';
  const name = `${values.dataset}-${architectureOf(values)}`;
  return training === 'student' ? `${name}-scratch` : name;
}

export function initialValues(training: Training, dataset: string, teacher: string): TrainingValues {
  const network = 'gru';
  const size = 64;
  const main = mainSettings[training].map(({ key, usual }) => [key, usual ?? '']);
  const more = moreSettings[training].map(({ key }) => [key, '']);
  return {
    name: usualName(training, { dataset, network, size }),
    dataset,
    network,
    size,
    teacher,
    ensemble: [],
    checkpoint: '',
    startFrom: null,
    restUnlabelled: false,
    numbers: Object.fromEntries([...main, ...more]) as Record<string, number | string>,
    encoder: Object.fromEntries(encoderSettings.map(({ key, usual }) => [key, usual ?? ''])) as Record<
      string,
      number | string
    >,
  };
}

/** Numbers that were given; the input's optional fields are left out otherwise. */
function given(settings: readonly NumberSetting[], values: Record<string, number | string>) {
  const filled = settings.flatMap(({ key }) => {
    const value = values[key];
    return value === undefined || value === '' ? [] : [[key, Number(value)] as const];
  });
  return Object.fromEntries(filled);
}

const numbersOf = (training: Training, values: TrainingValues) =>
  given([...mainSettings[training], ...moreSettings[training]], values.numbers);

const shared = ({ name, dataset }: TrainingValues) => ({ name: name.trim(), dataset });

export function teacherInput(values: TrainingValues) {
  const checkpoint = values.checkpoint.trim();
  const ownEncoder = checkpoint === '' && values.startFrom === null;
  return {
    ...numbersOf('teacher', values),
    ...shared(values),
    ...(checkpoint !== '' && { checkpoint }),
    ...(values.startFrom !== null && { startFrom: values.startFrom }),
    ...(ownEncoder && {
      encoder: {
        layers: Number(values.encoder.layers),
        hiddenSize: Number(values.encoder.hiddenSize),
        heads: Number(values.encoder.heads),
        intermediateSize: Number(values.encoder.intermediateSize),
      },
    }),
  };
}

export const distillationInput = (values: TrainingValues) => ({
  ...numbersOf('distillation', values),
  ...shared(values),
  architecture: architectureOf(values),
  teacher: values.teacher,
  ...(values.ensemble.length > 0 && { ensemble: values.ensemble }),
  ...(values.restUnlabelled && { restUnlabelled: true }),
});

export const studentInput = (values: TrainingValues) => ({
  ...numbersOf('student', values),
  ...shared(values),
  architecture: architectureOf(values),
  ...(values.startFrom !== null && { startFrom: values.startFrom }),
});

/** Where the server's words about a field of its input stand in the form. */
const places: Record<string, string> = {
  name: 'name',
  dataset: 'dataset',
  architecture: 'size',
  teacher: 'teacher',
  ensemble: 'ensemble',
  checkpoint: 'checkpoint',
  startFrom: 'startFrom',
};

/** @returns the server's faults by the form's paths; those that belong to no field are left to the message */
export function faultsOf(error: CombinedError): Record<string, string> {
  const { fields, expected } = error.graphQLErrors[0]?.extensions ?? {};
  if (!Array.isArray(fields) || !Array.isArray(expected)) return {};
  return Object.fromEntries(
    fields.map(String).map((field, i) => {
      const path = places[field] ?? (field.startsWith('encoder.') ? field : `numbers.${field}`);
      return [path, String(expected[i] ?? 'not valid')];
    }),
  );
}
