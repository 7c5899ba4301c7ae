/** Colours of what is told apart in charts, and the ink around it. */

/**
 * Okabe and Ito (2008): told apart by all common kinds of colour vision. Their blue is lighter here, so that it has a
 * contrast of 3 on dark as well.
 */
export const palette = [
  '#d55e00',
  '#1f83c4',
  '#009e73',
  '#cc79a7',
  '#e69f00',
  '#56b4e9',
  '#8c6bb1',
  '#7f7f7f',
] as const;

/** How a model was made, in the same colour on every page. */
export const methodColours = {
  TEACHER: '#d55e00',
  DISTILLED: '#1f83c4',
  SCRATCH: '#009e73',
  BASELINE: '#7f7f7f',
} as const;

/** And with the same shape, for those who do not tell the colours apart. */
export const methodSymbols = {
  TEACHER: 'diamond',
  DISTILLED: 'circle',
  SCRATCH: 'triangle',
  BASELINE: 'square',
} as const;

export const methodNames = {
  TEACHER: 'teacher',
  DISTILLED: 'distilled student',
  SCRATCH: 'student from scratch',
  BASELINE: 'baseline',
} as const;

export function inkOf(scheme: 'light' | 'dark') {
  return scheme === 'dark'
    ? { text: '#c9c9c9', faint: '#424242', surface: '#2e2e2e' }
    : { text: '#495057', faint: '#dee2e6', surface: '#ffffff' };
}
