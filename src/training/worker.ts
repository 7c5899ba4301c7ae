/** The child process of one run: takes one job over IPC, reports progress, and answers once. */
import { DistilleryError } from '../errors.ts';
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
      cancellation.signal,
    );
    await send({ type: 'done', outcome });
  } catch (error) {
    const known = error instanceof DistilleryError;
    const text =
      error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error);
    await send({
      type: 'failed',
      code: known ? error.code : 'INTERNAL',
      message: text,
      facts: known ? error.facts : {},
    });
  }
}

process.on('message', (message: ToChild) => void answer(message));
// Ctrl-C reaches the whole process group; the server decides, and sends `cancel` with time to save a checkpoint
process.on('SIGINT', () => undefined);
// The server is gone: nobody would hear the answer. The checkpoint is at most a minute old.
process.on('disconnect', () => process.exit());
