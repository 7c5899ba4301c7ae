/** A chart that stands in a page, or alone in a file with its heading. */
import type { EChartsOption } from 'echarts';
import { escaped } from './escaped.ts';
import { svgOf } from './svg.ts';

export interface Picture {
  /** Of its file, without the extension. */
  readonly name: string;
  readonly title: string;
  /** How it is to be read, one line each. */
  readonly notes: readonly string[];
  /** Without the heading. */
  readonly height: number;
  /** @param top the pixels above that are kept free */
  readonly option: (top: number) => EChartsOption;
}

export const pictureWidth = 900;
const lineHeight = 17;

/** An SVG file with title and notes above the chart. */
export function pictureFile({ title, notes, height, option }: Picture): string {
  const top = 42 + lineHeight * notes.length;
  const { title: panels = [], ...chart } = option(top);
  const heading = {
    text: title,
    subtext: notes.join('\n'),
    left: 'center',
    top: 6,
    textStyle: { fontSize: 16, fontWeight: 'bold' as const, color: '#222' },
    subtextStyle: { fontSize: 12, lineHeight, color: '#444' },
  };
  const drawn = { ...chart, title: [heading, panels].flat() };
  return still(svgOf(drawn, { width: pictureWidth, height: height + top }));
}

/**
 * An `<svg>` for an HTML page that tells title and notes itself.
 * @param id differs from those of the page's other pictures
 */
export function pictureInPage({ title, height, option }: Picture, id: string): string {
  const svg = still(svgOf(option(0), { width: pictureWidth, height }));
  return svg
    .replace('<svg', `<svg role="img" aria-label="${escaped(title)}"`)
    .replaceAll(/(?<=id="|url\(#)(?=c\d+["')])/g, `${id}-`)
    .trimEnd();
}

/** Without the styles of a mouse above it, which would hold for a whole page. */
const still = (svg: string): string =>
  svg.replaceAll(/<style ?>.*?<\/style>\n?/gs, '').replaceAll(/ (class|pointer-events)="[^"]*"/g, '');
