/** A server process that submits the runs named on its command line and works on them until it is killed. */
import { pino } from 'pino';
import { openDatabase } from '../../src/storage/database.ts';
import { openQueue, studentNamed } from './openQueue.ts';

const [dataDirectory = '', databaseUrl = '', ...names] = process.argv.slice(2);
const database = await openDatabase({
  dataDirectory,
  databaseUrl: databaseUrl === '' ? undefined : databaseUrl,
});
const { queue } = await openQueue(database, dataDirectory, { logger: pino({ level: 'silent' }) });
const ids: string[] = [];
for (const name of names) ids.push((await queue.submit(studentNamed(name))).id);
process.send?.(ids);
