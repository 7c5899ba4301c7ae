/** `distillery worker` as a process of its own. */
import { describe, expect, it } from '@jest/globals';
import { onEachDatabase } from '../storage/databases.ts';
import { startCli } from './cliProcess.ts';

onEachDatabase('worker_command', (place) => {
  const start = (command: string, variables: Record<string, string> = {}) =>
    startCli([command, '--data-directory', place.dataDirectory], {
      DATABASE_URL: place.databaseUrl ?? '',
      DISTILLERY_WORKER_PORT: '0',
      ...variables,
    });

  const onEmbedded = place.kind === 'pglite' ? it : it.skip;
  onEmbedded.each([
    ['worker', {}],
    ['serve', { DISTILLERY_CONCURRENT_RUNS: '0' }],
  ])('%s refuses a database that it can not share, and says what to do', async (command, variables) => {
    const refused = start(command, variables);
    expect(await refused.exited).toEqual([1, null]);
    expect(refused.output()).toMatch(/DATABASE_URL/);
  });

  const onServers = place.kind === 'pglite' ? describe.skip : describe;
  onServers('a worker', () => {
    it('tells how it is, and ends in peace at SIGTERM', async () => {
      const worker = start('worker');
      try {
        const [, url = ''] = await worker.said(/(http:\/\/127\.0\.0\.1:\d+)/);
        const status = async (path: string) => (await fetch(url + path)).status;
        expect(await Promise.all(['/healthz', '/readyz', '/else'].map(status))).toEqual([200, 200, 404]);
        expect(await (await fetch(`${url}/metrics`)).text()).toContain('distillery_runs_running');
        worker.child.kill('SIGTERM');
        expect(await worker.exited).toEqual([0, null]);
      } finally {
        worker.child.kill('SIGKILL');
      }
    });
  });
});
