/** The ink of charts in the page's colours. */
import { useComputedColorScheme } from '@mantine/core';
import { useMemo } from 'react';
import { inkOf } from './colours.ts';

export type Ink = ReturnType<typeof inkOf>;

export function useInk(): Ink {
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  return useMemo(() => inkOf(scheme), [scheme]);
}
