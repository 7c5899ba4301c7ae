/** The child process of one run: takes one job over IPC, reports progress, and answers once. */
import { toDistilleryError } from '../errors.ts';
import { carryOut } from './job.ts';
import type { FromChild, ToChild } from './messages.ts';

const cancellation = new AbortController();

/** Resolves when the message is handed over, so that the process does not end before it. */
function send(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, () => resolve());
    else resolve();
  });
}

async function answer(message: ToChild): Promise<void> {
  if (message.type === 'cancel') {
    cancellation.abort();
    return;
  }
  try {
    const outcome = await carryOut(
      message.job,
      (progress) => void send({ type: 'progress', progress }),
      {
        onEpoch: (epoch, position) => void send({ type: 'epoch', epoch, position }),
        onCheckpoint: (news) => void send({ type: 'checkpoint', news }),
      },
      cancellation.signal,
    );
    await send({ type: 'done', outcome });
  } catch (error) {
    const { code, message, facts } = toDistilleryError(error);
    // The server logs what this process prints.
    if (code === 'INTERNAL') console.error(error);
    await send({ type: 'failed', code, message, facts });
  }
}

process.on('message', (message: ToChild) => void answer(message));
// These reach the whole process group; the server decides, and sends `cancel` with time to save a checkpoint.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
// The server is gone: nobody would hear the answer. Its checkpoint is kept.
process.on('disconnect', () => process.exit());
