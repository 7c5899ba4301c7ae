/** `distillery worker`: works off the runs that servers queue, until it is told to stop. */
import { startWorker } from '../app.ts';
import { startWorkerServer } from '../workerServer.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import { stopSignal } from './stopSignal.ts';

/** Stops at SIGINT or SIGTERM: takes no more runs, and puts those that go on back with a checkpoint. */
export async function worker(options: SettingOptions): Promise<void> {
  const config = readSettings(options);
  const app = await startWorker(config);
  const server = await startWorkerServer(app).catch(async (error: unknown) => {
    await app.stop();
    throw error;
  });
  app.logger.info({ url: server.url, dataDirectory: config.dataDirectory }, 'ready to work');
  const signal = await stopSignal();
  app.logger.info({ signal }, 'stopping; a second signal ends at once');
  server.notReady();
  await app.stop();
  await server.stop();
}
