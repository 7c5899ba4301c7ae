/** Tables of an HTML page. */
import { markup } from './template.ts';
import type { Content, Html } from './template.ts';

export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row, place: number) => Content;
  readonly isNumber?: boolean;
}

interface Table<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** The anchor of a row. */
  readonly idOf?: (row: Row, place: number) => string;
}

/** A table of so many rows is not torn apart in print. */
const rowsOnPage = 30;

/** What does not apply or is not known. */
export const nothing = markup`<span class="none">–</span>`;

/** @returns a table that scrolls by itself where it is wider than the page; the first column heads each row */
export function table<Row>({ caption, columns, rows, idOf }: Table<Row>): Html {
  const heads = columns.map(({ head, isNumber }) => markup`<th scope="col"${classOf(isNumber)}>${head}</th>`);
  const lines = rows.map((row, place) => {
    const cells = columns.map(({ cell, isNumber }, i) =>
      i === 0
        ? markup`<th scope="row"${classOf(isNumber)}>${cell(row, place)}</th>`
        : markup`<td${classOf(isNumber)}>${cell(row, place)}</td>`,
    );
    return markup`<tr${idOf ? markup` id="${idOf(row, place)}"` : ''}>${cells}</tr>\n`;
  });
  const fit = rows.length <= rowsOnPage ? ' short' : '';
  return markup`<div class="scroll${fit}" tabindex="0" role="region" aria-label="${caption}">
<table>
<caption><span>${caption}</span></caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${lines}</tbody>
</table>
</div>
`;
}

const classOf = (isNumber = false): Content => (isNumber ? markup` class="number"` : '');
