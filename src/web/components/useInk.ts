/** The ink of charts in the page's colours. */
import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { inkOf } from './colours.ts';

export type Ink = ReturnType<typeof inkOf>;

export function useInk(): Ink {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  return useMemo(() => inkOf(scheme), [scheme]);
}

/** The label of a line across a chart, without the outline that ECharts gives it on dark. */
export const lineLabel = (
  { text }: Ink,
  formatter: string,
  position: 'insideEndTop' | 'insideEndBottom',
) => ({
  formatter,
  position,
  color: text,
  textBorderWidth: 0,
});
