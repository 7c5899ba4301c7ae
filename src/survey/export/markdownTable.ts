/** Tables of a Markdown page. */

export interface MarkdownColumn<Row> {
  readonly head: string;
  /** Nothing where it is not known. */
  readonly cell: (row: Row) => string | undefined;
  readonly left?: boolean;
}

/** Padded as prettier would, so that the file passes its check. */
export function markdownTable<Row>(columns: readonly MarkdownColumn<Row>[], rows: readonly Row[]): string {
  const filled = columns.map(({ head, cell, left = false }) => {
    const cells = [head, ...rows.map((row) => cell(row) ?? '')];
    const width = Math.max(3, ...cells.map(({ length }) => length));
    const pad = (text: string) => (left ? text.padEnd(width) : text.padStart(width));
    const rule = left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`;
    const [first = '', ...rest] = cells.map(pad);
    return [first, rule, ...rest];
  });
  const lines = Array.from({ length: rows.length + 2 }, (_, line) =>
    filled.map((column) => column[line] ?? '').join(' | '),
  );
  return lines.map((line) => `| ${line} |`).join('\n');
}
