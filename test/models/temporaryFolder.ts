/** A folder of a test file's own, made before its tests are declared. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** Removed when the file is done. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'distillery-checkpoint-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
