/** What a chart shows: series of points over two axes. Pages speak of these alone, not of the library that draws them. */
import type { Axis } from './axes.ts';
import type { Symbol } from './symbols.ts';

export interface Point {
  readonly x: number;
  /** Null interrupts the line. */
  readonly y: number | null;
  /** Ends of its error bar, in the unit of y. */
  readonly interval?: { readonly low: number; readonly high: number } | null | undefined;
  /** Stands above it. */
  readonly mark?: string | undefined;
  /** Address of the page that a click opens. */
  readonly href?: string;
}

export interface Series {
  /** In the legend; series of one name are shown and hidden together. */
  readonly name: string;
  readonly colour: string;
  readonly points: readonly Point[];
  /** None: the points themselves are not drawn. */
  readonly symbol?: Symbol | undefined;
  /** Steps go to the right first, then up. */
  readonly line?: 'solid' | 'dashed' | 'steps';
  /** What is told about a point; the first line is its title. None: nothing is. */
  readonly words?: (index: number) => readonly string[];
}

export interface Plot {
  /** The first lies on top. */
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** A line from side to side to measure the points by. */
  readonly across?: { readonly y: number; readonly label: string } | undefined;
}
