/** Colours and defaults of all components. */
import {
  Badge,
  createTheme,
  Drawer,
  InputWrapper,
  Modal,
  type CSSVariablesResolver,
  type MantineColorsTuple,
} from '@mantine/core';

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
  primaryShade: 7,
  autoContrast: true,
  luminanceThreshold: 0.25,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650' },
  components: {
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 500, miw: 'max-content' } }),
    CloseButton: { defaultProps: { 'aria-label': 'Close' } },
    // Fields beside each other stand on one line, however long their descriptions are.
    InputWrapper: InputWrapper.extend({
      defaultProps: { inputWrapperOrder: ['label', 'input', 'description', 'error'] },
    }),
    // Their headers are elements of a page's, which has one of its own.
    ModalHeader: Modal.Header.extend({ defaultProps: { role: 'presentation' } }),
    DrawerHeader: Drawer.Header.extend({ defaultProps: { role: 'presentation' } }),
  },
});

/** Mantine's own shades of these are too faint to read: each has a contrast of at least 4.5 here on all surfaces. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-error': '#c92a2a',
    '--mantine-color-teal-light-color': '#087f5b',
    '--mantine-color-yellow-light-color': '#8f5a00',
  },
  dark: {
    '--mantine-color-dimmed': '#b0b0b0',
    '--mantine-color-error': '#ff8787',
    '--mantine-color-anchor': '#e4986f',
    '--mantine-color-placeholder': '#a6a6a6',
  },
});
