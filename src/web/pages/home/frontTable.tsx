/** The models on the Pareto front, the fastest first. */
import { Anchor, Table } from '@mantine/core';
import { Link } from 'wouter';
import { methodNames } from '../../components/colours.ts';
import { bytes, milliseconds, percent } from '../../components/format.ts';
import { modelPath } from '../../components/modelLink.tsx';
import { Scroll } from '../../components/scroll.tsx';
import type { MeasuredModel } from './measuredModels.ts';

export function FrontTable({ front }: { front: readonly MeasuredModel[] }) {
  return (
    <Scroll label="Models on the Pareto front" minWidth={560}>
      <Table verticalSpacing={6} aria-label="Models on the Pareto front">
        <Table.Thead>
          <Table.Tr>
            <Table.Th className="numeric" w={40}>
              #
            </Table.Th>
            <Table.Th>Model</Table.Th>
            <Table.Th>Method</Table.Th>
            <Table.Th className="numeric">Accuracy</Table.Th>
            <Table.Th className="numeric">Latency, p50</Table.Th>
            <Table.Th className="numeric">Size</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {front.map(({ model, accuracy, part, latency }, index) => (
            <Table.Tr key={model.reference}>
              <Table.Td className="numeric">{index + 1}</Table.Td>
              <Table.Td>
                <Anchor
                  component={Link}
                  href={modelPath(model.reference)}
                  underline="always"
                  fw={500}
                  inherit
                >
                  {model.name}
                </Anchor>
              </Table.Td>
              <Table.Td>{methodNames[model.method]}</Table.Td>
              <Table.Td className="numeric">
                {percent(accuracy)}
                {part === 'validation' && ' (validation)'}
              </Table.Td>
              <Table.Td className="numeric">{milliseconds(latency)}</Table.Td>
              <Table.Td className="numeric">{bytes(model.fileBytes)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
