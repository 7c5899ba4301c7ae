/** A process of its own for parsers: its end, its silence and its memory are told apart from ours. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DistilleryError } from '../../src/errors.ts';
import type { ParserAnswer, ParserTask } from './messages.ts';
import { parsers } from './parsers.ts';

/** Holds the given files and what is made of them, and must hold nothing else. */
const scratch = process.argv[2] ?? '';
// The one that started it is gone
process.once('disconnect', () => process.exit());
process.on('message', (task: ParserTask) => void answer(task));
process.send?.('ready');

/** A message that fills a log or a screen is no help. */
const longestMessage = 20_000;

async function answer({ parser, parts }: ParserTask): Promise<void> {
  const [given, work] = [join(scratch, 'given'), join(scratch, 'work')];
  await rm(scratch, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await mkdir(given);
  for (const [name, bytes] of Object.entries(parts)) {
    await mkdir(dirname(join(given, name)), { recursive: true });
    await writeFile(join(given, name), bytes);
  }
  const before = await listing(given);
  const reply = await outcomeOf(() => parsers[parser](given, work));
  const strays = (await readdir(scratch)).filter((name) => name !== 'given' && name !== 'work');
  if (strays.length > 0) reply.fault ??= `files outside the folder: ${strays.join(', ')}`;
  if ((await listing(given)) !== before) reply.fault ??= 'the given folder has changed';
  process.send?.({
    ...reply,
    mostMb: Math.round(process.resourceUsage().maxRSS / 1024),
  } satisfies ParserAnswer);
}

async function outcomeOf(use: () => Promise<unknown>): Promise<{ outcome: string; fault: string | null }> {
  try {
    await use();
    return { outcome: 'valid', fault: null };
  } catch (error) {
    if (!(error instanceof DistilleryError)) return { outcome: 'INTERNAL', fault: stackOf(error) };
    const { code, message, facts } = error;
    const length = message.length + JSON.stringify(facts).length;
    const sprawls = length > longestMessage ? `its error has ${length} characters` : null;
    return { outcome: code, fault: code === 'INTERNAL' ? stackOf(error) : sprawls };
  }
}

const stackOf = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

const listing = async (folder: string) => (await readdir(folder, { recursive: true })).sort().join('\n');
