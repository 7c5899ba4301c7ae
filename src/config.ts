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
  /** `s3://bucket/prefix`, where machines that share no disk find each other's artefacts; none: the data directory. */
  artefacts: z.string().optional(),
  /** Of an S3-compatible store that is not Amazon's, such as MinIO; asked with the bucket in the path. */
  s3Endpoint: z.url().optional(),
  s3Region: z.string().optional(),
  /** The most that a process opens, beside one that listens; by default 10 for a server and 3 for a worker. */
  databaseConnections: z.coerce.number().int().min(1).optional(),
  /** Whether a worker hears of runs at once. Else it looks for them, and costs PostgreSQL less where there are hundreds. */
  workerListens: z
    .enum(['true', 'false'])
    .default('true')
    .transform((value) => value === 'true'),
  host: z.string().default('127.0.0.1'),
  port: z.coerce.number().int().min(0).max(65535).default(4000),
  /** Needed as soon as `host` is not a loopback address. */
  // A bearer token ends at white space.
  apiKey: z.string().min(16).regex(/^\S+$/, 'must hold no white space').optional(),
  /** Requests and operations of one key in a minute; without a key there is no limit unless this is set. */
  requestsPerMinute: z.coerce.number().int().min(1).optional(),
  /** WebSockets that one key, or one address without a key, holds open. */
  socketsPerClient: integer(1, 1_000),
  /** Whether the schema is told to everyone who is let in; by default on loopback only. */
  introspection: z
    .enum(['true', 'false'])
    .transform((word) => word === 'true')
    .optional(),
  /** How long entries of the audit log are kept; 0 for good. */
  keepAuditDays: integer(0, 365),
  /** Where checkpoints may be downloaded from: hosts, separated by commas; `*.` in front stands for every name below. */
  hubHosts: z
    .string()
    .transform((list) => list.split(',').flatMap((host) => host.trim().toLowerCase() || []))
    .optional(),
  /** auto | onnx | tfjs | tfjs-node-gpu | tfjs-node | tfjs-wasm | tfjs-cpu */
  engine: z
    .enum(['auto', 'onnx', 'tfjs', 'tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'])
    .default('auto'),
  /** Threads of one training run. */
  trainingThreads: integer(1, availableParallelism()),
  /** Worker threads that hold inference sessions, and threads of each session. */
  servingWorkers: integer(1, availableParallelism()),
  servingThreads: integer(1, 1),
  /** Runs that go on at the same time in this process; 0 for a server that leaves all to workers. */
  concurrentRuns: integer(0, 1),
  /** Where a worker tells its state (see `host` as well); 0 takes a free one. */
  workerPort: z.coerce.number().int().min(0).max(65535).default(4001),
  /** How long a worker that is not heard of keeps its runs; after that another one takes them up. */
  leaseSeconds: integer(1, 60),
  /** How often a run is begun whose process or worker dies; then it has failed. */
  runTries: integer(1, 4),
  /** The longest stretch of training that a run loses when its process dies. */
  checkpointSeconds: integer(1, 60),
  /** How long the checkpoint of a run that was cancelled or has failed is kept, for resuming it; 0 for not at all. */
  keepCheckpointsHours: integer(0, 168),
  /**
   * How long runs that have ended are kept: then those are removed that nothing refers to, and of all others the events
   * but the last. For ever without it.
   */
  keepRunsDays: z.coerce.number().int().min(1).optional(),
  /** Logits that models have given to datasets: those not used for longest are removed beyond this. */
  logitsMb: integer(1, 2_000),
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
  /** Both for single models, by name or name@version: `{"small": {"maxBatch": 64, "maxBatchWaitMs": 5}}`. */
  batching: z
    .string()
    .default('{}')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('expected JSON');
        return z.NEVER;
      }
    })
    .pipe(
      z.record(
        z.string(),
        z.strictObject({
          maxBatch: z.number().int().min(1).optional(),
          maxBatchWaitMs: z.number().min(0).optional(),
        }),
      ),
    ),
  /** A text is refused where it would wait longer for its turn. */
  maxQueueMs: integer(1, 2_000),
  /** Recent answers that are remembered; 0 for none. */
  answerCache: integer(0, 0),
  /** Models that were not used for longest are closed beyond this. */
  modelMemoryMb: integer(1, 1_000),
  /** Names or aliases, separated by commas, whose models are opened at start. */
  warmModels: z
    .string()
    .default('best-student')
    .transform((list) => list.split(',').flatMap((name) => name.trim() || [])),
  /** HTTP requests that are worked on at the same time; more are turned away at once. */
  maxRequests: integer(1, 512),
  /** Where traces go: the address of an OpenTelemetry collector (OTLP over HTTP); none without it. */
  traceEndpoint: z.url().optional(),
});

export type Config = z.infer<typeof schema>;

/** `dataDirectory` is read from DISTILLERY_DATA_DIRECTORY, and so on; DATABASE_URL and OTEL_EXPORTER_OTLP_ENDPOINT are honoured as they stand. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const values: Record<string, string> = {};
  for (const key of Object.keys(schema.shape)) {
    const value = environment[variableOf(key)];
    if (value !== undefined && value !== '') values[key] = value;
  }
  if (environment.DATABASE_URL) values.databaseUrl ??= environment.DATABASE_URL;
  if (environment.OTEL_EXPORTER_OTLP_ENDPOINT)
    values.traceEndpoint ??= environment.OTEL_EXPORTER_OTLP_ENDPOINT;
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
