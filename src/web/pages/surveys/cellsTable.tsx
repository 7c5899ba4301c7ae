/** Conditions of a grid with what came of them, and published figures beside. */
import { Table } from '@mantine/core';
import { percent } from '../../components/format.ts';
import {
  meanText,
  settingNames,
  settingText,
  targetNames,
  varying,
  type SurveyCell,
  type SurveyGrid,
} from './report.ts';
import { Scroll } from '../../components/scroll.tsx';

export function CellsTable({
  grid: { points, published, name },
  cells,
}: {
  grid: SurveyGrid;
  cells: ReadonlyMap<string, SurveyCell>;
}) {
  const vary = varying(points);
  const figures = new Map(
    published.map((figure) => [`${figure.architecture} ${figure.targets}`, figure.accuracy]),
  );
  return (
    <Scroll label={`Conditions of ${name}`} minWidth={680 + 120 * vary.length}>
      <Table striped aria-label={`Conditions of ${name}`}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Network</Table.Th>
            <Table.Th>Targets</Table.Th>
            {vary.map((setting) => (
              <Table.Th key={setting} className="numeric">
                {settingNames[setting]}
              </Table.Th>
            ))}
            <Table.Th className="numeric">Accuracy (%)</Table.Th>
            {published.length > 0 && <Table.Th className="numeric">Published (%)</Table.Th>}
            <Table.Th className="numeric">F1 (%)</Table.Th>
            <Table.Th className="numeric">Calibration error (%)</Table.Th>
            <Table.Th className="numeric">As the teacher (%)</Table.Th>
            <Table.Th className="numeric">Seeds</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {points.map((point, index) => {
            const cell = cells.get(point.cell);
            const figure = figures.get(`${point.architecture} ${point.targets}`);
            return (
              <Table.Tr key={index}>
                <Table.Td>{point.architecture}</Table.Td>
                <Table.Td>{targetNames[point.targets]}</Table.Td>
                {vary.map((setting) => (
                  <Table.Td key={setting} className="numeric">
                    {settingText(point, setting)}
                  </Table.Td>
                ))}
                <Table.Td className="numeric">{cell ? meanText(cell.accuracy) : '–'}</Table.Td>
                {published.length > 0 && (
                  <Table.Td className="numeric">{figure === undefined ? '–' : percent(figure, 0)}</Table.Td>
                )}
                <Table.Td className="numeric">{cell ? meanText(cell.f1) : '–'}</Table.Td>
                <Table.Td className="numeric">{cell ? meanText(cell.calibrationError) : '–'}</Table.Td>
                <Table.Td className="numeric">{cell ? meanText(cell.agreement) : '–'}</Table.Td>
                <Table.Td className="numeric">{cell?.seeds.length ?? 0}</Table.Td>
              </Table.Tr>
            );
          })}
        </Table.Tbody>
      </Table>
    </Scroll>
  );
}
