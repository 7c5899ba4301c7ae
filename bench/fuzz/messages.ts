/** What the fuzzing and a parser's process say to each other. */
import type { ParserName } from './parsers.ts';
import type { Parts } from './surface.ts';

export interface ParserTask {
  readonly parser: ParserName;
  readonly parts: Parts;
}

export interface ParserAnswer {
  readonly outcome: string;
  /** What must not be, such as an error that nobody foresaw, with its stack. */
  readonly fault: string | null;
  /** Most resident memory of the process so far. */
  readonly mostMb: number;
}
