/** Settings of a process, read once from the environment (all names start with DISTILLERY_). */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DistilleryError } from './errors.ts';

const integer = (smallest: number, byDefault: number) =>
  z.coerce.number().int().min(smallest).default(byDefault);

const schema = z.object({
  /** Where models, datasets, runs and the embedded database live. */
  dataDirectory: z
    .string()
    .default('.distillery')
    .transform((path) => resolve(path)),
  /** The models that come with the code, registered at start; by default those of this repository. */
  releasedModels: z
    .string()
    // The same depth below the repository's root in src/ and in dist/.
    .default(fileURLToPath(new URL('../models', import.meta.url)))
    .transform((path) => resolve(path)),
  /** A PostgreSQL address; without one, PGlite keeps the database in the data directory. */
  databaseUrl: z.string().optional(),
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65535).default(4000),
  /** Needed as soon as `host` is not a loopback address. */
  apiKey: z.string().min(16).optional(),
  /** auto | onnx | tfjs | tfjs-node-gpu | tfjs-node | tfjs-wasm | tfjs-cpu */
  engine: z
    .enum(['auto', 'onnx', 'tfjs', 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'])
    .default('auto'),
  /** Threads of one training run. */
  trainingThreads: integer(1, availableParallelism()),
  /** Worker threads that hold inference sessions, and threads of each session. */
  servingWorkers: integer(1, 1),
  servingThreads: integer(1, availableParallelism()),
  /** Runs that go on at the same time in this process. */
  concurrentRuns: integer(1, 1),
  /** The aclImdb archive, where it lies on this machine already. */
  imdbArchive: z.string().optional(),
  /** A folder with one pretrained checkpoint folder per name, beside `<dataDirectory>/checkpoints`. */
  checkpointDirectory: z.string().optional(),
  logLevel: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  maxTextCharacters: integer(1, 20_000),
  maxTextsPerRequest: integer(1, 256),
  maxBodyBytes: integer(1_000, 8_000_000),
  maxBatch: integer(1, 32),
  maxBatchWaitMs: integer(0, 2),
});

export type Config = z.infer<typeof schema>;

/** `dataDirectory` is read from DISTILLERY_DATA_DIRECTORY, and so on; DATABASE_URL is honoured as it stands. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = environment[variableOf(key)];
    if (value !== undefined && value !== '') values[key] = value;
  }
  if (environment.DATABASE_URL) values.databaseUrl ??= environment.DATABASE_URL;
  const parsed = schema.safeParse(values);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(
      ({ path, message }) => `${variableOf(String(path[0]))}: ${message}.`,
    );
    throw new DistilleryError('BAD_USER_INPUT', `The settings are not valid. ${issues.join(' ')}`);
  }
  return parsed.data;
}

const variableOf = (key: string) =>
  `DISTILLERY_${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
