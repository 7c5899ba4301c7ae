/** What the servers of all processes have in common: how they listen, and how they ask whether their database is there. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { DistilleryError } from './errors.ts';
import type { Database } from './storage/database.ts';

/**
 * @param setting the variable that sets the port
 * @returns the address, without a path
 * @throws DistilleryError UNAVAILABLE for a port in use
 */
export async function listen(
  server: Server,
  { host, port }: { host: string; port: number },
  setting: string,
): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EADDRINUSE') return reject(cause);
      const message = `Port ${port} on ${host} is in use. Stop what uses it, or set ${setting} to another one.`;
      reject(new DistilleryError('UNAVAILABLE', message, { host, port }, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { address, port: actual, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`;
}

const answerWithinMs = 3_000;

/** Whether the database answers, and soon. */
export async function databaseAnswers(database: Database): Promise<boolean> {
  const answer = database.executeSql('select 1').then(
    () => true,
    () => false,
  );
  return Promise.race([answer, pause(answerWithinMs, false, { ref: false })]);
}
