/** What tells one series from another, with colour and without. */
import type { SurveyTargets } from '../spec.ts';
import { plus, pointingDown, star } from './symbols.ts';

export interface Mark {
  readonly colour: string;
  readonly symbol: string;
  readonly line: 'solid' | 'dashed' | 'dotted';
}

/** Colours of Okabe and Ito 2008, "Color universal design". */
export const targetMarks: Readonly<Record<SurveyTargets, Mark>> = {
  scratch: { colour: '#d55e00', symbol: 'circle', line: 'dashed' },
  soft: { colour: '#0072b2', symbol: 'triangle', line: 'solid' },
  'soft-then-hard': { colour: '#009e73', symbol: 'rect', line: 'dotted' },
};

const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#000000', '#56b4e9', '#e69f00'];
const symbols = ['circle', 'triangle', 'rect', 'diamond', pointingDown, plus, star];

/** One of many series that are told apart by colour and symbol; the eighth has the first one's colour and the second symbol. */
export function markOf(place: number): Pick<Mark, 'colour' | 'symbol'> {
  const round = Math.floor(place / colours.length);
  return {
    colour: colours[place % colours.length]!,
    symbol: symbols[(place + round) % symbols.length]!,
  };
}
