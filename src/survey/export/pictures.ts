/** Which pictures a report has. */
import type { GridResult, SurveyReport } from '../report.ts';
import { axisChart, numericAxisOf } from './axisChart.ts';
import { variedAxes } from './conditions.ts';
import { curvesChart } from './curvesChart.ts';
import { whole } from './formats.ts';
import { networkChart } from './networkChart.ts';
import type { Picture } from '../../charts/picture.ts';

/** A grid's answer in a picture: along the first axis of numbers that it varies, else by network and targets. */
export function gridPicture(report: SurveyReport, grid: GridResult): Picture {
  const name = `grid-${grid.name}`;
  const along = numericAxisOf(grid);
  if (along) return axisChart(report, grid, along, name);
  return networkChart(report, grid, {
    name,
    title: `Accuracy on ${whole(report.dataset.testReviews)} test reviews by network and targets`,
    axis: 'accuracy, %',
    of: ({ accuracy }) => accuracy,
    withPublished: true,
  });
}

/** How the networks of the first grid that varies targets learnt, and what their probabilities and answers are worth. */
export function learningPictures(report: SurveyReport): Picture[] {
  const grid = report.grids.find(({ points }) => variedAxes(points).includes('targets')) ?? report.grids[0];
  if (!grid) return [];
  return [
    curvesChart(report, grid),
    networkChart(report, grid, {
      name: 'calibration',
      title: 'Expected calibration error by network and targets',
      axis: 'calibration error, %',
      of: ({ calibrationError }) => calibrationError,
      fromZero: true,
    }),
    networkChart(report, grid, {
      name: 'agreement',
      title: 'Test reviews to which student and teacher give the same answer',
      axis: 'agreement, %',
      of: ({ agreement }) => agreement,
    }),
  ];
}
