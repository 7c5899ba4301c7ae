/** Colours and defaults of all components. */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** Of a copper still. */
const copper: MantineColorsTuple = [
  '#fdf1ea',
  '#f6dfd2',
  '#edbda2',
  '#e4986f',
  '#dc7a45',
  '#d8672a',
  '#c2561e',
  '#a84816',
  '#963f13',
  '#82340c',
];

export const theme = createTheme({
  colors: { copper },
  primaryColor: 'copper',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650' },
});
