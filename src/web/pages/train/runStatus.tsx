/** Where a run stands now: its phase, how far that is, and its newest figures. */
import { Alert, Group, Progress, SimpleGrid, Stack, Text } from '@mantine/core';
import type { RunDetailsFragment, RunState } from '../../api/operations.ts';
import type { RunEvent } from '../../api/useRunProgress.ts';
import { count, duration, percent } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import type { Curves } from './curves.ts';
import { isOver, runSeconds } from '../../components/run.tsx';

interface RunStatusProps {
  readonly run: RunDetailsFragment;
  readonly state: RunState;
  readonly events: readonly RunEvent[];
  readonly curves: Curves;
  readonly streamError: string | null;
}

const phaseTitles: Record<RunEvent['phase'], string> = {
  QUEUED: 'Waits for its turn',
  LOADING_DATA: 'Loading the data',
  TOKENIZING: 'Tokenising the reviews',
  TEACHER_LOGITS: 'Asking the teacher for its soft targets',
  TRAINING: 'Training',
  HARD_LABEL_TRAINING: 'Training on labels',
  VALIDATING: 'Validating',
  EVALUATING: 'Evaluating',
  EXPORTING: 'Exporting the model',
  MEASURING_LATENCY: 'Measuring the latency',
  ENDED: 'Ended',
};

export function RunStatus({ run, state, events, curves, streamError }: RunStatusProps) {
  const latest = events.at(-1);
  const over = isOver(state);
  return (
    <Section title={over ? 'Summary' : 'Now'}>
      <Stack>
        {streamError && (
          <Alert color="yellow" variant="light" role="alert" title="The live view is interrupted">
            {streamError}
          </Alert>
        )}
        {!over && <Live state={state} latest={latest} />}
        <SimpleGrid cols={{ base: 2, sm: 3, md: over ? 4 : 6 }} component="dl" m={0}>
          {figuresOf(run, over, events, curves).map(({ name, value }) => (
            <div key={name}>
              <Text component="dt" size="sm">
                {name}
              </Text>
              <Text component="dd" m={0} size="lg" fw={600} style={{ fontVariantNumeric: 'tabular-nums' }}>
                {value}
              </Text>
            </div>
          ))}
        </SimpleGrid>
      </Stack>
    </Section>
  );
}

function Live({ state, latest }: { state: RunState; latest: RunEvent | undefined }) {
  const { phase, step, total, message } = latest ?? {
    phase: 'QUEUED',
    step: null,
    total: null,
    message: null,
  };
  const waiting = state === 'QUEUED';
  const share = !waiting && step !== null && total ? step / total : null;
  const title = waiting ? 'Waits for its turn' : phaseTitles[phase];
  return (
    <div>
      <Group justify="space-between" mb={6}>
        <Text fw={600} role="status">
          {title}
        </Text>
        <Text size="sm" className="numeric">
          {share === null
            ? ''
            : `${count(step!)} of ${count(total!)} ${unitOf(phase)} · ${percent(share, 0)}`}
        </Text>
      </Group>
      <Progress
        value={share === null ? 100 : 100 * share}
        striped={share === null}
        animated={share === null}
        color={waiting ? 'gray' : undefined}
        size="lg"
        aria-label={`Progress of the phase: ${title}`}
      />
      {!waiting && message && (
        <Text size="sm" mt={6}>
          {message}
        </Text>
      )}
    </div>
  );
}

interface Figure {
  readonly name: string;
  readonly value: string;
}

const none = '–';

function figuresOf(
  run: RunDetailsFragment,
  over: boolean,
  events: readonly RunEvent[],
  curves: Curves,
): Figure[] {
  const latest = events.at(-1);
  // The event at the end of an epoch tells neither; what another phase told is about that one.
  const pace = events.findLast(
    ({ phase, reviewsPerSecond }) => phase === latest?.phase && reviewsPerSecond !== null,
  );
  const newest = curves.epochs.at(-1);
  const loss = curves.loss.at(-1)?.[1] ?? newest?.loss;
  const seconds = runSeconds(run);
  const accuracies = curves.epochs.flatMap(({ accuracy }) => accuracy ?? []);
  const took = { name: 'Duration', value: seconds === null ? none : duration(seconds) };
  if (over) {
    if (accuracies.length === 0) return [took];
    return [
      { name: 'Best validation accuracy', value: percent(Math.max(...accuracies)) },
      { name: 'Last loss', value: newest?.loss.toFixed(4) ?? none },
      { name: 'Epochs', value: count(curves.epochs.length) },
      took,
    ];
  }
  return [
    { name: 'Epoch', value: epochOf(run, latest) },
    { name: 'Loss', value: loss?.toFixed(4) ?? none },
    { name: 'Validation accuracy', value: accuracies.length > 0 ? percent(accuracies.at(-1)!) : none },
    { name: 'Speed', value: pace?.reviewsPerSecond ? `${count(pace.reviewsPerSecond)} reviews/s` : none },
    { name: 'Phase ends in', value: pace?.secondsLeft != null ? duration(pace.secondsLeft) : none },
    took,
  ];
}

/** 2 of 3 */
function epochOf({ configuration }: RunDetailsFragment, latest: RunEvent | undefined): string {
  if (latest?.epoch == null) return none;
  const all = latest.phase === 'HARD_LABEL_TRAINING' ? configuration.hardLabelEpochs : configuration.epochs;
  return typeof all === 'number' && all >= latest.epoch ? `${latest.epoch} of ${all}` : String(latest.epoch);
}

function unitOf(phase: RunEvent['phase']): string {
  if (phase === 'TRAINING' || phase === 'HARD_LABEL_TRAINING') return 'steps';
  return phase === 'LOADING_DATA' ? 'bytes' : 'reviews';
}
