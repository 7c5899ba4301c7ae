/** Malformed CSV and JSONL, through checkDataset and importDataset. */
import type { Random } from '../../src/nn/random.ts';
import { post } from './http.ts';
import { hostileTexts, hostileValue, mutateJson, toText, type Json } from './json.ts';
import { mutateBytes, mutateText } from './mutate.ts';
import type { Parts } from './surface.ts';

const check =
  'query ($input: CheckDatasetInput!) { checkDataset(input: $input) { rows duplicates errorCount errors { line message } preview { line } parts { train } } }';
const bring = 'mutation ($input: ImportDatasetInput!) { importDataset(input: $input) { name } }';

const pieces = [
  ...hostileTexts,
  '"',
  '""',
  '"""',
  ',',
  '\r',
  '\n',
  '\r\n',
  '\n\n\n',
  ',,,,,,,,',
  '\ufeff',
  '{"text":',
  'null',
  '1e999',
  'train',
  'unsup',
  'text,label,split\n',
  '"\n'.repeat(3_000),
  ','.repeat(10_000),
  'a,b\n'.repeat(12_000),
];

export function makeUpload(random: Random): Parts {
  const format = random.chance(0.5) ? 'CSV' : 'JSONL';
  const content = format === 'CSV' ? brokenCsv(random) : brokenJsonLines(random);
  const name = `fuzz-${random.bits()}`;
  const isImport = random.chance(0.3);
  const input: Json = isImport ? { format, content, name } : { format, content };
  return { request: post(toText({ query: isImport ? bring : check, variables: { input } })) };
}

function brokenCsv(random: Random): string {
  const rows = Array.from({ length: 24 }, (_, row) => `"film ${row}, told ""well""",${row % 2}`);
  const valid = `text,label\n${rows.join('\n')}\n`;
  return random.chance(0.3)
    ? mutateBytes(random, Buffer.from(valid)).toString(random.chance(0.5) ? 'utf8' : 'latin1')
    : mutateText(random, valid, pieces);
}

function brokenJsonLines(random: Random): string {
  const row = (index: number) => ({
    text: `film ${index}`,
    label: index % 2 ? 'pos' : 'neg',
    split: 'train',
  });
  const lines = Array.from({ length: 24 }, (_, index) => JSON.stringify(row(index)));
  for (let left = 1 + random.integer(4); left > 0; left -= 1) {
    const at = random.integer(lines.length);
    lines[at] = random.chance(0.8) ? mutateJson(random, row(at)) : toText(hostileValue(random));
  }
  const text = lines.join(random.chance(0.1) ? '\r' : '\n');
  return random.chance(0.2) ? mutateText(random, text, pieces) : text;
}
