/** What quantisation and calibration did to a model: numbers before and after. */
import { Table, Text } from '@mantine/core';
import type { ModelCalibrationFragment, ModelQuantizationFragment } from '../../api/operations.ts';
import { bytes, count, percent } from '../../components/format.ts';
import { Section } from '../../components/page.tsx';
import { ModelLink } from '../../components/modelLink.tsx';

type Row = readonly [name: string, before: string, after: string];

function BeforeAfter({ label, rows }: { label: string; rows: readonly Row[] }) {
  return (
    <Table aria-label={label} verticalSpacing={6} mb="sm">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Number</Table.Th>
          <Table.Th className="numeric">Before</Table.Th>
          <Table.Th className="numeric">After</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {rows.map(([name, before, after]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={500}>
              {name}
            </Table.Th>
            <Table.Td className="numeric">{before}</Table.Td>
            <Table.Td className="numeric">{after}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

export function QuantizationSection({ quantization }: { quantization: ModelQuantizationFragment }) {
  const { model, weights, embeddings, dataset, reviews, agreement } = quantization;
  const { accuracyBefore, accuracyAfter, bytesBefore, bytesAfter } = quantization;
  return (
    <Section title="Quantisation">
      <BeforeAfter
        label="Before and after quantisation"
        rows={[
          ['Accuracy', percent(accuracyBefore), percent(accuracyAfter)],
          ['File', bytes(bytesBefore), bytes(bytesAfter)],
        ]}
      />
      <Text size="sm">
        Made of <ModelLink reference={model} />. Matrices: {weights}. Tables of embeddings: {embeddings}. Both
        give the same answer to {percent(agreement)} of {count(reviews)} validation reviews of {dataset.name}.
      </Text>
    </Section>
  );
}

export function CalibrationSection({ calibration }: { calibration: ModelCalibrationFragment }) {
  const { slope, offset, dataset, reviews } = calibration;
  const { errorBefore, errorAfter, accuracyBefore, accuracyAfter } = calibration;
  return (
    <Section title="Calibration">
      <BeforeAfter
        label="Before and after calibration"
        rows={[
          ['Calibration error', percent(errorBefore), percent(errorAfter)],
          ['Accuracy', percent(accuracyBefore), percent(accuracyAfter)],
        ]}
      />
      <Text size="sm">
        Slope {slope.toFixed(3)} and offset {offset.toFixed(3).replace('-', '−')} of the logits’ difference,
        so that probabilities mean what they say; fitted and measured on {count(reviews)} validation reviews
        of {dataset.name}.
      </Text>
    </Section>
  );
}
