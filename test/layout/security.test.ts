/** Holds SECURITY.md to the tests that it names. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const rows = [...read('SECURITY.md').matchAll(/^\|.*\| `(test\/[^`]+)`: (.+?) +\|$/gm)];

describe('SECURITY.md', () => {
  it('names a test in every row', () => {
    const lines = read('SECURITY.md').match(/^\|/gm) ?? [];
    // Beside the head and the line below it.
    expect(rows).toHaveLength(lines.length - 2);
  });

  it.each(rows.map(([, file = '', title = '']) => [file, title]))('%s has: %s', (file, title) => {
    expect(read(file)).toContain(`${title}'`);
  });
});
