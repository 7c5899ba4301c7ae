/** `distillery serve`: runs until it is told to stop. */
import { startApp } from '../app.ts';
import { startServer } from '../server.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import { stopSignal } from './stopSignal.ts';

/** Stops at SIGINT or SIGTERM: answers what it has taken, and lets runs save a checkpoint to go on from. */
export async function serve(options: SettingOptions): Promise<void> {
  const config = readSettings(options);
  const app = await startApp(config);
  try {
    const server = await startServer(app);
    app.logger.info(
      { url: server.url, database: app.database.kind, dataDirectory: config.dataDirectory },
      'ready',
    );
    const signal = await stopSignal();
    app.logger.info({ signal }, 'stopping; a second signal ends at once');
    await server.stop();
  } finally {
    await app.stop();
  }
}
