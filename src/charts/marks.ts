/** What tells one series from another, with colour and without. */
import { plus, pointingDown, star } from './symbols.ts';

export interface Mark {
  readonly colour: string;
  readonly symbol: string;
  readonly line: 'solid' | 'dashed' | 'dotted';
}

/** Of Okabe and Ito 2008, "Color universal design". */
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
