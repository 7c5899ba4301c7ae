/** A file that was chosen: its format, a name for it, and whether a request can carry it. */
import type { DatasetFormat } from '../../api/operations.ts';

/** Rest of a request around the content, with room to spare. */
const envelopeBytes = 4_096;

/** As the server has it in src/names.ts. */
export const namePattern = /^[a-z0-9][a-z0-9._-]{0,63}$/;
export const nameRule = '1 to 64 of a-z, 0-9, ".", "_", "-", starting with a letter or digit';

export function formatOf(fileName: string): DatasetFormat {
  return /\.(jsonl|ndjson|json)$/iu.test(fileName) ? 'JSONL' : 'CSV';
}

/** Reviews (final).csv as reviews-final. */
export function datasetNameOf(fileName: string): string {
  return fileName
    .replace(/\.[^.]*$/u, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/gu, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/gu, '')
    .slice(0, 64);
}

/** @returns whether the server would take a request with this content: escapes make it longer than its file */
export function fits(content: string, bodyBytes: number): boolean {
  return new TextEncoder().encode(JSON.stringify(content)).length + envelopeBytes <= bodyBytes;
}
