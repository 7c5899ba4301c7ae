/** Places in the HTML report, and links to them. */
import { markup } from './template.ts';
import type { Content, Html } from './template.ts';

export const gridAnchor = (grid: number): string => `grid-${grid + 1}`;
export const pointAnchor = (grid: number, point: number): string => `grid-${grid + 1}-point-${point + 1}`;
export const runAnchor = (key: string): string => `run-${key}`;

/** @param anchor the id of an element of the page */
export const linkTo = (anchor: string, content: Content): Html =>
  markup`<a href="#${encodeURIComponent(anchor)}">${content}</a>`;
