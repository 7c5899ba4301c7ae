/** What tells kinds of targets from one another, with colour and without. */
import type { Mark } from '../../charts/marks.ts';
import type { SurveyTargets } from '../spec.ts';

/** Colours of Okabe and Ito 2008, "Color universal design". */
export const targetMarks: Readonly<Record<SurveyTargets, Mark>> = {
  scratch: { colour: '#d55e00', symbol: 'circle', line: 'dashed' },
  soft: { colour: '#0072b2', symbol: 'triangle', line: 'solid' },
  'soft-then-hard': { colour: '#009e73', symbol: 'rect', line: 'dotted' },
};
