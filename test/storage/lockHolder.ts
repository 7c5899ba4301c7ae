/** A process that holds a data directory's lock until it is killed, or says why it can't. */
import { join } from 'node:path';
import { DistilleryError } from '../../src/errors.ts';
import { lockFolder } from '../../src/storage/folderLock.ts';

const folder = process.argv[2] ?? '';
try {
  await lockFolder(join(folder, 'database.lock'), join(folder, 'database'));
  process.send?.('locked');
} catch (error) {
  process.send?.(error instanceof DistilleryError ? error.code : String(error));
}
setInterval(() => undefined, 1_000);
