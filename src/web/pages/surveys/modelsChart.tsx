/** Accuracy against latency of all of a survey's models, coloured by how they were made. */
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { Chart, type ChartOption } from '../../components/chart.tsx';
import { methodColours, methodNames } from '../../components/colours.ts';
import { milliseconds, percent } from '../../components/format.ts';
import { logarithmic, percentages } from '../../components/axes.ts';
import { grouped, type SurveyReport } from './report.ts';

const symbols = { TEACHER: 'diamond', BASELINE: 'rect', SCRATCH: 'triangle', DISTILLED: 'circle' } as const;

export function ModelsChart({ report }: { report: SurveyReport }) {
  const option = useMemo(() => optionOf(report), [report]);
  if (![report.teacher, ...report.beside, ...report.runs].some(({ latency }) => latency.p50Ms !== null)) {
    return (
      <Text size="sm">Too few reviews were timed to tell a median: give latencyReviews 100 or more.</Text>
    );
  }
  return (
    <Chart
      option={option}
      label="Accuracy in per cent against the median latency of one review in milliseconds, of all models of the survey"
      height={380}
    />
  );
}

function optionOf({ teacher, beside, runs }: SurveyReport): ChartOption {
  const models = [teacher, ...beside, ...runs].flatMap(({ model, method, architecture, metrics, latency }) =>
    latency.p50Ms === null
      ? []
      : [{ model, method, architecture, accuracy: metrics.accuracy, ms: latency.p50Ms }],
  );
  const byMethod = grouped(models, ({ method }) => method);
  return {
    grid: { left: 56, right: 24, top: 24, bottom: 92 },
    legend: { type: 'scroll', bottom: 0 },
    tooltip: { trigger: 'item' },
    xAxis: {
      name: 'p50 latency of one review (ms)',
      nameLocation: 'middle',
      nameGap: 30,
      ...logarithmic(models.map(({ ms }) => ms)),
    },
    yAxis: {
      name: 'Accuracy (%)',
      nameTextStyle: { align: 'left' },
      ...percentages(models.map(({ accuracy }) => accuracy)),
    },
    series: [...byMethod].map(([method, group]) => ({
      type: 'scatter' as const,
      name: methodNames[method],
      data: group.map(({ ms, accuracy }) => [ms, 100 * accuracy]),
      symbol: symbols[method],
      symbolSize: group.length > 20 ? 8 : 12,
      itemStyle: { color: methodColours[method], opacity: 0.8 },
      tooltip: {
        formatter: (picked: unknown) => {
          const found = group[(picked as { dataIndex: number }).dataIndex];
          return found
            ? `${found.model}\n${found.architecture}\n${percent(found.accuracy)}\n${milliseconds(found.ms)} p50`
            : '';
        },
      },
    })),
  };
}
