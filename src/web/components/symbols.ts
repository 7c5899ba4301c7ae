/** Shapes of points: told apart without their colours, in a chart as in its legend. */
import type { PointOptions } from 'chart.js';

interface Shape {
  /** As the charts' library draws it, turned by so many degrees. */
  readonly style: PointOptions['pointStyle'];
  readonly turned: number;
  /** By how much larger it has to be drawn to look as large as a circle. */
  readonly scale: number;
  /** As the legend draws it, in a square of 12 by 12. */
  readonly path: string;
}

export const shapes = {
  circle: { style: 'circle', turned: 0, scale: 1, path: 'M1 6a5 5 0 1 0 10 0a5 5 0 1 0 -10 0Z' },
  square: { style: 'rect', turned: 0, scale: 1.25, path: 'M2 2h8v8h-8Z' },
  triangle: { style: 'triangle', turned: 0, scale: 1.3, path: 'M6 1L11 10H1Z' },
  diamond: { style: 'rectRot', turned: 0, scale: 1.3, path: 'M6 0.5L11.5 6L6 11.5L0.5 6Z' },
  pointingDown: { style: 'triangle', turned: 180, scale: 1.3, path: 'M6 11L11 2H1Z' },
} as const satisfies Record<string, Shape>;

export type Symbol = keyof typeof shapes;

const inTurn = Object.keys(shapes) as Symbol[];

/**
 * @param index of a series among those of its chart
 * @param colours that are there; where they begin anew, the shapes are others
 */
export const symbolOf = (index: number, colours: number): Symbol =>
  inTurn[(index + Math.floor(index / colours)) % inTurn.length]!;
