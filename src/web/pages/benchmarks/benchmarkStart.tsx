/** The form that starts a benchmark. */
import {
  Accordion,
  Alert,
  Checkbox,
  Input,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Select,
  SimpleGrid,
  Stack,
  TagsInput,
  Text,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMutation } from 'urql';
import { useLocation } from 'wouter';
import { BenchmarksStartDocument, type BenchmarksChoicesQuery } from '../../api/operations.ts';
import { Submit } from '../../components/submit.tsx';
import { initialForm, inputOf, rules, scenarios, type BenchmarkForm } from './benchmarkForm.ts';

export function BenchmarkStart({
  choices,
  chosen,
}: {
  choices: BenchmarksChoicesQuery;
  /** Models that are chosen at first, as names, name@version or aliases. */
  chosen: string[];
}) {
  const [, navigate] = useLocation();
  const [{ fetching, error }, start] = useMutation(BenchmarksStartDocument);
  const form = useForm<BenchmarkForm>({ initialValues: initialForm(chosen), validate: rules });
  const server = form.values.scenarios.includes('SERVER');

  const submit = form.onSubmit(async (values) => {
    const { data } = await start({ input: inputOf(values) });
    if (!data) return;
    notifications.show({ color: 'green', message: 'The benchmark is queued.' });
    navigate(`/runs/${data.startBenchmark.id}`);
  });

  return (
    <form onSubmit={submit} aria-label="Start a benchmark" noValidate>
      <Stack>
        <MultiSelect
          label="Models"
          description="All of them are asked about the same reviews, one after the other."
          data={modelChoices(choices, chosen)}
          placeholder={form.values.models.length === 0 ? 'Choose models' : ''}
          searchable
          clearable
          hidePickedOptions
          maxValues={64}
          withAsterisk
          clearButtonProps={{ 'aria-label': 'Clear the models' }}
          {...form.getInputProps('models')}
        />
        <SimpleGrid cols={{ base: 1, sm: 3 }}>
          <Select
            label="Dataset"
            description="Whose reviews are classified."
            data={choices.datasets.edges.map(({ node: { name, state } }) => ({
              value: name,
              label: state === 'ABSENT' ? `${name} (not downloaded yet)` : name,
            }))}
            allowDeselect={false}
            withAsterisk
            {...form.getInputProps('dataset')}
          />
          <Input.Wrapper
            label="Part of the dataset"
            labelElement="div"
            description="Models were chosen on validation reviews."
          >
            <SegmentedControl
              fullWidth
              mb={5}
              aria-label="Part of the dataset"
              data={[
                { value: 'TEST', label: 'Test' },
                { value: 'VALIDATION', label: 'Validation' },
              ]}
              {...form.getInputProps('split')}
            />
          </Input.Wrapper>
          <NumberInput
            label="Reviews"
            description="How many are classified."
            placeholder="all of the part"
            min={1}
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            {...form.getInputProps('reviews')}
          />
        </SimpleGrid>
        <Checkbox.Group
          label="Scenarios"
          description="How the models are loaded."
          inputWrapperOrder={['label', 'description', 'input', 'error']}
          {...form.getInputProps('scenarios')}
        >
          <SimpleGrid cols={{ base: 1, sm: 2 }} mt="xs">
            {scenarios.map(({ value, name, help }) => (
              <Checkbox
                key={value}
                value={value}
                label={name}
                description={help}
                disabled={value === 'OFFLINE'}
              />
            ))}
          </SimpleGrid>
        </Checkbox.Group>
        {server && (
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <NumberInput
              label="Latency bound (ms)"
              description="The highest rate within it is searched; none without it."
              placeholder="none"
              min={0}
              max={600_000}
              allowNegative={false}
              {...form.getInputProps('latencyBoundMs')}
            />
            <TagsInput
              label="Rates (reviews/s)"
              description="Measured one by one, beside the search."
              placeholder={form.values.rates.length === 0 ? 'such as 50, 100' : ''}
              splitChars={[',', ' ']}
              acceptValueOnBlur
              {...form.getInputProps('rates')}
            />
            <Percentile {...form.getInputProps('percentile')} />
          </SimpleGrid>
        )}
        {form.values.scenarios.includes('CONCURRENCY') && (
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            <TagsInput
              label="Clients"
              description="One measurement each."
              splitChars={[',', ' ']}
              acceptValueOnBlur
              {...form.getInputProps('concurrencies')}
            />
            {!server && <Percentile {...form.getInputProps('percentile')} />}
          </SimpleGrid>
        )}
        <Accordion variant="contained" order={3}>
          <Accordion.Item value="more">
            <Accordion.Control>More settings</Accordion.Control>
            <Accordion.Panel>
              <Stack>
                <Alert
                  color="yellow"
                  variant="outline"
                  icon={<IconAlertTriangle />}
                  title="This can take long"
                >
                  <Text size="sm">
                    Without a number here, each measurement but the offline one asks 10,512 queries, as the
                    99th percentile needs: minutes for a teacher, and once more for each number of clients and
                    each rate. 200 are enough for a first look at the median.
                  </Text>
                </Alert>
                <SimpleGrid cols={{ base: 1, sm: 3 }}>
                  <NumberInput
                    label="Queries"
                    description="Of each measurement but the offline one."
                    placeholder="as many as are needed"
                    min={1}
                    max={1_000_000}
                    allowDecimal={false}
                    allowNegative={false}
                    thousandSeparator=","
                    {...form.getInputProps('queries')}
                  />
                  <NumberInput
                    label="Tail margin"
                    description="How far a percentile may be off, as a share of the tail beyond it: 0.05 to 1."
                    placeholder="0.25"
                    min={0.05}
                    max={1}
                    step={0.05}
                    {...form.getInputProps('tailMargin')}
                  />
                  <NumberInput
                    label="Seed"
                    description="Chooses and orders the reviews, and times the arrivals."
                    placeholder="1"
                    min={0}
                    max={2_147_483_647}
                    allowDecimal={false}
                    {...form.getInputProps('seed')}
                  />
                </SimpleGrid>
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
        <Submit label="Start the benchmark" busy={fetching} error={error} />
      </Stack>
    </form>
  );
}

function Percentile(input: object) {
  return (
    <Select
      label="Percentile of latency"
      description="That the bound is for, and that the curve shows."
      data={['50', '90', '95', '99'].map((value) => ({ value, label: `p${value}` }))}
      allowDeselect={false}
      {...input}
    />
  );
}

/** Newest versions by name, and whatever the address asks for beside them. */
function modelChoices({ models }: BenchmarksChoicesQuery, chosen: readonly string[]) {
  const names = models.edges.map(({ node }) => ({
    value: node.name,
    label: node.aliases.length > 0 ? `${node.name} (${node.aliases.join(', ')})` : node.name,
  }));
  const known = new Set(names.map(({ value }) => value));
  return [...names, ...chosen.filter((each) => !known.has(each)).map((value) => ({ value, label: value }))];
}
