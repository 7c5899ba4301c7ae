/** The kinds of models in a picture: each with a colour and a symbol of its own. */
import { plus, pointingDown } from '../../charts/symbols.ts';

export interface Family {
  readonly name: string;
  /** Distinct for people who do not tell red from green (Okabe and Ito 2008, "Color universal design"). */
  readonly colour: string;
  /** Distinct where there is no colour. */
  readonly symbol: string;
  /** Where there is room for the models' names. */
  readonly label: 'left' | 'right' | 'top' | 'bottom';
  readonly holds: (model: Described) => boolean;
}

interface Described {
  readonly architecture: string;
  readonly method: string;
}

const made =
  (by: string) =>
  ({ method }: Described): boolean =>
    method.toLowerCase() === by;
const network =
  (name: string) =>
  ({ architecture }: Described): boolean =>
    architecture.startsWith(`${name}-`);

export const families: readonly Family[] = [
  { name: 'teacher', colour: '#000000', symbol: 'diamond', label: 'right', holds: made('teacher') },
  { name: 'linear baseline', colour: '#e69f00', symbol: plus, label: 'top', holds: made('baseline') },
  { name: 'GRU', colour: '#0072b2', symbol: 'circle', label: 'top', holds: network('gru') },
  { name: 'CNN', colour: '#009e73', symbol: 'rect', label: 'bottom', holds: network('cnn') },
  { name: 'biGRU', colour: '#cc79a7', symbol: 'triangle', label: 'top', holds: network('bigru') },
  { name: 'TextCNN', colour: '#d55e00', symbol: pointingDown, label: 'bottom', holds: network('textcnn') },
];
