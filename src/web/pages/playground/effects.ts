/** How the effect of a word is coloured and written. */
import { palette } from '../../components/colours.ts';

export const effectColours = { positive: palette[1], negative: palette[0] } as const;

/** +0.53 */
export const signed = (value: number, digits = 2): string =>
  `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;

export const effectText = (effect: number): string =>
  `${signed(effect)} log-odds, toward ${effect > 0 ? 'positive' : 'negative'}`;
