/**
 * `npm run bench -- serving`: the server as a process of its own, over HTTP: what serving costs beside the raw loop,
 * side by side with servers of the Python world, while a training goes on, overloaded, and over minutes of mixed load.
 * Parts that are measured alone replace their figures in the result; the others stay as they are.
 */
import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { z } from 'zod';
import { readConfig } from '../src/config.ts';
import { DistilleryError, errorDetails } from '../src/errors.ts';
import { describeMachine } from '../src/evaluation/machine.ts';
import { findPython } from './python.ts';
import { packageVersions, writeResult } from './results.ts';
import { comparisons, type ComparisonName } from './serving/comparisons.ts';
import { measureEventLoop } from './serving/eventLoop.ts';
import { measureOverload } from './serving/overload.ts';
import type { ServingBench } from './serving/session.ts';
import { measureSoak } from './serving/soak.ts';
import { readWorkload } from './serving/workload.ts';

const parts = ['ratios', 'eventloop', 'overload', 'soak'] as const;
const names = Object.keys(comparisons) as ComparisonName[];

const recorded = z.record(z.string(), z.unknown());
const earlierResult = z.looseObject({
  ratios: z.record(z.string(), z.number()).default({}),
  comparisons: recorded.default({}),
});
type ServingResult = z.infer<typeof earlierResult>;

export async function run(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  // By themselves, signals would end this process without the servers that it has started
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const { imdbArchive } = options;
  const workload = await readWorkload({ dataDirectory: options.dataDirectory, imdbArchive });
  if (workload.dataset === 'sample') {
    console.log('Reviews of `sample`, much shorter than those of IMDB: name its archive with --imdb.');
  }
  const bench: ServingBench = { ...options, workload };

  const facts = { machine: describeMachine(), dataset: workload.dataset };
  /** @returns null where it could not be measured; the other parts go on */
  const measure = async <Found extends object>(title: string, flags: string, part: () => Promise<Found>) => {
    console.log(title);
    try {
      const date = new Date().toISOString();
      return { ...facts, date, command: `npm run bench -- serving ${flags}`, ...(await part()) };
    } catch (error) {
      console.error('  not measured:', error instanceof DistilleryError ? error.message : error);
      const lacksPython = error instanceof DistilleryError && error.code === 'ENGINE_UNAVAILABLE';
      if (!lacksPython) process.exitCode = 1;
      return null;
    }
  };

  if (options.only.includes('ratios')) {
    for (const name of options.ratios) {
      const flags = `--only ratios --ratios ${name} --rounds ${options.rounds} --seconds ${options.seconds}`;
      const measured = await measure(name, flags, () => comparisons[name](bench));
      if (measured) await record((earlier) => withComparison(earlier, name, measured));
    }
  }
  if (options.only.includes('eventloop')) {
    const flags = `--only eventloop --event-loop-seconds ${options.eventLoopSeconds}`;
    const eventLoop = await measure('event loop', flags, () =>
      measureEventLoop(bench, options.eventLoopSeconds),
    );
    if (eventLoop) await record((earlier) => ({ ...earlier, eventLoop }));
  }
  if (options.only.includes('overload')) {
    const flags = `--only overload --seconds ${options.seconds} --overload-seconds ${options.overloadSeconds}`;
    const overload = await measure('overload', flags, async () => ({
      models: await measureOverload(bench, options.overloadSeconds),
    }));
    if (overload) await record((earlier) => ({ ...earlier, overload }));
  }
  if (options.only.includes('soak')) {
    const flags = `--only soak --soak-seconds ${options.soakSeconds}`;
    const soak = await measure('soak', flags, () => measureSoak(bench, options.soakSeconds));
    if (soak) await record((earlier) => ({ ...earlier, soak }));
  }
}

function readOptions(args: readonly string[]) {
  const config = readConfig();
  const count = z.coerce.number().int().positive();
  const options = new Command('serving')
    .option('--only <parts>', `what is measured: ${parts.join(', ')}`, parts.join(','))
    .option('--ratios <names>', 'of the ratios, these only', names.join(','))
    .option('--rounds <count>', 'turns of every side of a ratio', '5')
    .option('--seconds <count>', 'of a turn, and of a rate that is tried', '5')
    .option('--event-loop-seconds <count>', 'of the load with a training beside it, and without', '60')
    .option('--overload-seconds <count>', 'of the overload', '60')
    .option('--soak-seconds <count>', 'of the mixed load', '600')
    .option('--imdb <path>', 'the archive of imdb (default: DISTILLERY_IMDB_ARCHIVE)', config.imdbArchive)
    .option('--data-directory <folder>', 'where the reviews are prepared', config.dataDirectory)
    .option('--python <path>', 'a Python with the peers (default: DISTILLERY_PYTHON)')
    .parse([...args], { from: 'user' })
    .opts<Record<string, string>>();
  return {
    only: listOf(options.only, parts),
    ratios: listOf(options.ratios, names),
    rounds: count.parse(options.rounds),
    seconds: count.parse(options.seconds),
    eventLoopSeconds: count.parse(options.eventLoopSeconds),
    overloadSeconds: count.parse(options.overloadSeconds),
    soakSeconds: count.parse(options.soakSeconds),
    imdbArchive: options.imdb,
    dataDirectory: options.dataDirectory ?? config.dataDirectory,
    python: findPython(options.python) || null,
  };
}

/** @throws DistilleryError BAD_USER_INPUT for what is not among the choices */
function listOf<Choice extends string>(list = '', choices: readonly Choice[]): Choice[] {
  return list.split(',').map((given) => {
    const choice = choices.find((known) => known === given.trim());
    if (choice !== undefined) return choice;
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `"${given}" can't be measured; expected ${choices.join(', ')}.`,
    );
  });
}

/** @returns the result with this comparison, and its ratio among the others, in place of an earlier one */
export function withComparison(
  earlier: ServingResult,
  name: ComparisonName,
  measured: { readonly ratio: number },
): ServingResult {
  return {
    ...earlier,
    ratios: { ...earlier.ratios, [name]: measured.ratio },
    comparisons: { ...earlier.comparisons, [name]: measured },
  };
}

/** Each part as soon as it is measured, so that an interruption loses no other. */
async function record(change: (earlier: ServingResult) => ServingResult): Promise<void> {
  const path = new URL('results/serving.json', import.meta.url);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorDetails(error).code === 'ENOENT') return '{}';
    throw error;
  });
  const {
    ratios,
    comparisons: compared,
    eventLoop,
    overload,
    soak,
  } = change(earlierResult.parse(JSON.parse(text)));
  const versions = await packageVersions('onnxruntime-node');
  await writeResult('serving', 'serving', {
    versions,
    ratios,
    comparisons: compared,
    eventLoop,
    overload,
    soak,
  });
}
