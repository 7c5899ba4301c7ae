/** The rows of an uploaded file, CSV or JSONL, one after another, and the lines that are no rows. */
import { type CsvError, parse } from 'csv-parse/sync';
import { errorDetails } from '../errors.ts';

export type UploadFormat = 'csv' | 'jsonl';

export interface UploadRow {
  /** 1-based; of a row over several lines the first. */
  readonly line: number;
  readonly values: ReadonlyMap<string, unknown>;
}

const shownCharacters = 300;

/** Told of lines in their order, of each once. */
export type OnFault = (line: number, problem: string) => void;

/**
 * What is spent on lines that are no rows, before the rest of the file is given up: nobody reads of so many, and the
 * whole server waits meanwhile.
 */
const mostFaults = 10_000;
const mostFaultCharacters = 10_000_000;

/**
 * Reads on after a line that is no row, as far as its quotes let it tell where the next one begins.
 * @param onRow told of rows in the order of their lines
 */
export function readRows(
  format: UploadFormat,
  content: string,
  onRow: (row: UploadRow) => void,
  onFault: OnFault,
): void {
  const patience = new Patience();
  const onCountedFault: OnFault = (line, problem) => {
    onFault(line, problem);
    patience.spend(line);
  };
  try {
    if (format === 'csv') readCsv(content, onRow, onCountedFault, patience);
    else readJsonLines(content, onRow, onCountedFault);
  } catch (error) {
    if (!(error instanceof PatienceLost)) throw error;
    onFault(error.line + 1, 'from here on nothing was read, since too much before is at fault');
  }
}

class Patience {
  #faults = 0;
  #characters = 0;

  /** @throws PatienceLost */
  spend(line: number, characters = 0): void {
    this.#faults += 1;
    this.#characters += characters;
    if (this.#faults >= mostFaults || this.#characters >= mostFaultCharacters) throw new PatienceLost(line);
  }
}

class PatienceLost extends Error {
  readonly line: number;

  constructor(line: number) {
    super();
    this.line = line;
  }
}

function readCsv(
  content: string,
  onRow: (row: UploadRow) => void,
  onFault: OnFault,
  patience: Patience,
): void {
  let columns: Columns | null = null;
  let lastLine = 0;
  const skip = (error: CsvError | undefined) => {
    // An open quote is noticed at the end of the file, which is far from where it was opened.
    const isOpen = error?.code === 'CSV_QUOTE_NOT_CLOSED';
    const line = isOpen ? lastLine + 1 : Number(error?.lines ?? lastLine + 1);
    const isNew = line !== lastLine;
    lastLine = line;
    if (isNew)
      onFault(line, `not CSV: ${isOpen ? 'a quote is opened here that nothing closes' : wordsOf(error)}`);
    // Of each stray quote the library tells all that stands before it, and its message holds that.
    patience.spend(line, error?.message.length);
    return undefined;
  };
  // Line ends are made equal first: of "\r\n" within quotes, its line count makes two.
  parse(content.replaceAll('\r\n', '\n'), {
    bom: true,
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: skip,
    on_record: (record, { lines }) => {
      // With a faulty header, the first row that can be read is none.
      if (columns === null) columns = lastLine > 0 ? new Columns([]) : headerOf(record, onFault);
      else columns.read(record, lines - lineEndsIn(record), onRow, onFault);
      lastLine = lines;
      return null;
    },
  });
  if (columns === null && lastLine === 0) headerOf([], onFault);
}

function wordsOf(error: unknown): string {
  const { message } = errorDetails(error);
  return message.length > shownCharacters ? `${message.slice(0, shownCharacters)}…` : message;
}

/** The columns that the header names. */
class Columns {
  readonly #names: readonly string[];

  /** @param names none where no row can be read */
  constructor(names: readonly string[]) {
    this.#names = names;
  }

  read(record: readonly string[], line: number, onRow: (row: UploadRow) => void, onFault: OnFault): void {
    const names = this.#names;
    const isEmpty = record.length === 1 && record[0]?.trim() === '';
    if (names.length === 0) return;
    if (record.length === names.length)
      onRow({ line, values: new Map(names.map((column, index) => [column, record[index]])) });
    else if (!isEmpty) onFault(line, `${record.length} columns, expected ${names.length} as in the header`);
  }
}

function headerOf(record: readonly string[], onFault: OnFault): Columns {
  const names = record.map((column) => column.trim().toLowerCase());
  const missing = ['text', 'label'].filter((column) => !names.includes(column));
  if (missing.length === 0) return new Columns(names);
  const there = names.map((column) => `"${column}"`).join(', ') || 'nothing';
  onFault(1, `no column ${missing.join(', ')}; the header has ${there}`);
  return new Columns([]);
}

function lineEndsIn(fields: readonly string[]): number {
  let count = 0;
  for (const field of fields) count += field.match(/[\r\n]/g)?.length ?? 0;
  return count;
}

function readJsonLines(content: string, onRow: (row: UploadRow) => void, onFault: OnFault): void {
  const lines = content.replace(/^\uFEFF/, '').split('\n');
  for (const [index, text] of lines.entries()) {
    if (text.trim() === '') continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      onFault(index + 1, `not JSON: ${wordsOf(error)}`);
      continue;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      onFault(index + 1, 'not a JSON object');
    else onRow({ line: index + 1, values: new Map(Object.entries(value)) });
  }
}
