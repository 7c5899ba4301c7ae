/** Points of a grid against their references, each with a verdict. */
import { Badge, Table, Text } from '@mantine/core';
import { words } from '../../components/format.ts';
import { points as pointsText, pValue } from '../../components/format.ts';
import { placeText, settingNames, settingText, targetNames, varying, type SurveyGrid } from './report.ts';
import { Scroll } from '../../components/scroll.tsx';

type Comparison = SurveyGrid['comparisons'][number];

const verdictColours = { BETTER: 'green', WORSE: 'red', UNDECIDED: 'gray' } as const;

const settingOf = {
  LABELLED: 'labelled',
  UNLABELLED: 'unlabelled',
  TEMPERATURE: 'temperature',
  HARD_LABEL_WEIGHT: 'hardLabelWeight',
} as const;

/** What the two differ in, from the reference to the point. */
function changeText({ axis, point, reference }: Comparison): string {
  if (axis === 'TARGETS') return `${targetNames[reference.targets]} → ${targetNames[point.targets]}`;
  const setting = settingOf[axis];
  return `${words(settingNames[setting])} ${settingText(reference, setting)} → ${settingText(point, setting)}`;
}

export function VerdictsTable({ grid: { comparisons, points, name } }: { grid: SurveyGrid }) {
  const vary = varying(points);
  return (
    <>
      <Text size="sm" mb="sm">
        Accuracy after the change minus before, in percentage points, over pairs of one seed. A difference is
        real where every seed says so with a corrected p value below 0.05 and the interval over reviews leaves
        zero out.
      </Text>
      <Scroll label={`Comparisons of ${name}`} minWidth={820}>
        <Table striped aria-label={`Comparisons of ${name}`}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Change</Table.Th>
              <Table.Th>Student</Table.Th>
              <Table.Th className="numeric">Difference (points)</Table.Th>
              <Table.Th className="numeric">95 % over reviews (points)</Table.Th>
              <Table.Th className="numeric">Largest p</Table.Th>
              <Table.Th>Verdict</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {comparisons.map((comparison, index) => {
              const { point, difference, overReviews, pValue: p, verdict } = comparison;
              return (
                <Table.Tr key={index}>
                  <Table.Td>{changeText(comparison)}</Table.Td>
                  <Table.Td>{placeText(point, vary)}</Table.Td>
                  <Table.Td className="numeric">{pointsText(difference.mean)}</Table.Td>
                  <Table.Td className="numeric">
                    {pointsText(overReviews.low)} to {pointsText(overReviews.high)}
                  </Table.Td>
                  <Table.Td className="numeric">{pValue(p)}</Table.Td>
                  <Table.Td>
                    <Badge variant="dot" color={verdictColours[verdict]}>
                      {words(verdict)}
                    </Badge>
                  </Table.Td>
                </Table.Tr>
              );
            })}
          </Table.Tbody>
        </Table>
      </Scroll>
    </>
  );
}
