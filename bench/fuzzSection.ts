/** What `bench -- fuzz` found, as docs/ tells it. */
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { markdownTable, type MarkdownColumn } from '../src/survey/export/markdownTable.ts';

const memory = z.object({ most: z.number(), bound: z.number() });

export const fuzzResult = z.object({
  machine: z.string(),
  date: z.string(),
  seed: z.number(),
  inputs: z.number(),
  failures: z.number(),
  crashes: z.number(),
  seconds: z.number(),
  memoryMb: z.object({ server: memory, parsers: memory }),
  surfaces: z.record(
    z.string(),
    z.object({ inputs: z.number(), failures: z.number(), outcomes: z.record(z.string(), z.number()) }),
  ),
});
type FuzzResult = z.infer<typeof fuzzResult>;
type Row = FuzzResult['surfaces'][string] & { readonly name: string };

const told = 5;

/** The most frequent refusals, and how many kinds there are beside. */
function refusals({ outcomes }: Row): string {
  const kinds = Object.entries(outcomes).filter(([outcome]) => outcome !== 'valid');
  const most = kinds.sort((a, b) => b[1] - a[1]).slice(0, told);
  const rest = kinds.length > told ? `, ${kinds.length - told} others` : '';
  return most.map(([outcome, count]) => `${outcome} ${whole(count)}`).join(', ') + rest;
}

const columns: readonly MarkdownColumn<Row>[] = [
  { head: 'surface', cell: ({ name }) => name, left: true },
  { head: 'inputs', cell: ({ inputs }) => whole(inputs) },
  { head: 'still valid', cell: ({ outcomes }) => whole(outcomes.valid ?? 0) },
  { head: 'failed', cell: ({ failures }) => whole(failures) },
  { head: 'how the others were refused', cell: refusals, left: true },
];

export function fuzzSection(result: FuzzResult): string {
  const { machine, date, seed, inputs, failures, crashes, seconds, memoryMb } = result;
  const rows = Object.entries(result.surfaces).map(([name, surface]) => ({ name, ...surface }));
  const { server, parsers } = memoryMb;
  return `${markdownTable(columns, rows)}

${whole(inputs)} inputs from seed ${seed} in ${whole(seconds)} s: ${whole(failures)} failed, the server ended ${crashes} times. Most resident memory: ${whole(server.most)} MB of the server (at most ${whole(server.bound)} are allowed), ${whole(parsers.most)} MB of the parsers (at most ${whole(parsers.bound)}). ${machine}; ${date.slice(0, 10)}.`;
}
