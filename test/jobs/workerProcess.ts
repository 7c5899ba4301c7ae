/** A worker process with settings from the environment, whose runs are acted; its timing is given as JSON. */
import { fileURLToPath } from 'node:url';
import { startWorker } from '../../src/app.ts';
import { stopSignal } from '../../src/cli/stopSignal.ts';
import { readConfig } from '../../src/config.ts';
import type { QueueTiming } from '../../src/jobs/runQueue.ts';
import { childRunner } from '../../src/training/child.ts';

const timing = JSON.parse(process.argv[2] ?? '{}') as Partial<QueueTiming>;
const app = await startWorker(readConfig(), {
  runInChild: childRunner(fileURLToPath(new URL('./fakeTraining.ts', import.meta.url))),
  timing,
});
// The test is gone.
process.once('disconnect', () => process.exit(1));
process.send?.('ready');
await stopSignal();
await app.stop();
process.exit();
