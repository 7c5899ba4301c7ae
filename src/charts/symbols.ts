/** Symbols beyond those that the charts' library knows by name. */

export const pointingDown = 'path://M0 0L20 0L10 17Z';
export const plus = 'path://M7 0h6v7h7v6h-7v7h-6v-7h-7v-6h7Z';
export const star = 'path://M10 0L13 7L20 8L15 13L16 20L10 16L4 20L5 13L0 8L7 7Z';

/** A symbol's outline, filled with white. */
export const hollow = (symbol: string): string => `empty${symbol[0]!.toUpperCase()}${symbol.slice(1)}`;
