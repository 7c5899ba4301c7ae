/** A restore in a process of its own, which is killed just before it calls `what` (of node:fs/promises) on `path`. */
import { promises } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const [file = '', dataDirectory = '', databaseUrl = '', what = '', path = ''] = process.argv.slice(2);
const functions = promises as unknown as Record<string, (...values: unknown[]) => Promise<unknown>>;
const original = functions[what]!;
functions[what] = (...values) => {
  if (values.includes(path)) process.kill(process.pid, 'SIGKILL');
  return original(...values);
};
syncBuiltinESMExports();
const { restoreBackup } = await import('../../src/backup/restore.ts');
await restoreBackup(file, { dataDirectory, databaseUrl: databaseUrl === '' ? undefined : databaseUrl });
