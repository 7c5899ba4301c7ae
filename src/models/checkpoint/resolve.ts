/** Finds the folder of a pretrained checkpoint by name: on this machine, or on the Hugging Face hub. */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DistilleryError } from '../../errors.ts';
import { downloadCheckpoint, type HubName } from './hub.ts';

export interface ResolveOptions {
  readonly dataDirectory: string;
  /** A folder with one checkpoint folder per name, looked in before `<dataDirectory>/checkpoints`. */
  readonly checkpointDirectory?: string | null;
  /** Bytes done and in all, while a checkpoint is downloaded. */
  readonly onProgress?: (message: string, done: number, total: number | null) => void;
  readonly signal?: AbortSignal;
  /** The hub's base address; another one serves as a mirror. */
  readonly hub?: string;
  /** Hosts that the hub and its redirects may lie on; by default those of the Hugging Face hub. */
  readonly hubHosts?: readonly string[];
}

/** The hub, and where it keeps large files. */
const defaultHosts = ['huggingface.co', '*.huggingface.co', '*.hf.co'];

/** Starts with a letter or digit, so neither "..", a hidden folder nor a path can be meant. */
const folderName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const hubName =
  /^([A-Za-z0-9][A-Za-z0-9._-]{0,95})\/([A-Za-z0-9][A-Za-z0-9._-]{0,95})(?:@([A-Za-z0-9][A-Za-z0-9._-]{0,95}))?$/;

/**
 * @param name a folder's name in `checkpointDirectory` or `<dataDirectory>/checkpoints`, or a hub name `owner/name`
 *   or `owner/name@revision`, which is downloaded once into `<dataDirectory>/checkpoints/<owner>--<name>`
 * @returns the checkpoint's folder; what is in it is for `readBertCheckpoint` to check
 * @throws DistilleryError BAD_USER_INPUT where `name` is neither; NOT_FOUND and UNAVAILABLE list the names that exist
 */
export async function resolveCheckpoint(name: string, options: ResolveOptions): Promise<string> {
  const downloads = join(options.dataDirectory, 'checkpoints');
  const directories = options.checkpointDirectory ? [options.checkpointDirectory, downloads] : [downloads];
  if (folderName.test(name)) {
    const folder = await findFolder(directories, name);
    if (folder !== null) return folder;
    throw await withKnownNames(
      directories,
      new DistilleryError('NOT_FOUND', `There is no checkpoint "${name}".`),
    );
  }

  const model = parseHubName(name);
  if (!model) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `"${name}" is not a checkpoint's name: expected a folder's name such as "minilm", or a hub name such as "owner/name".`,
    );
  }
  const folder = `${model.owner}--${model.name}${model.revision === 'main' ? '' : `--${model.revision}`}`;
  const present = await findFolder(directories, folder);
  if (present !== null) return present;

  await mkdir(downloads, { recursive: true });
  const target = join(downloads, folder);
  try {
    const { hub = 'https://huggingface.co', hubHosts: hosts = defaultHosts } = options;
    await downloadCheckpoint(model, target, { ...options, hub, hosts });
  } catch (error) {
    // Another run may have brought the same checkpoint in the meantime.
    if (await isFolder(target)) return target;
    if (error instanceof DistilleryError && (error.code === 'NOT_FOUND' || error.code === 'UNAVAILABLE')) {
      throw await withKnownNames(directories, error);
    }
    throw error;
  }
  return target;
}

/**
 * `owner/name` or `owner/name@revision`; null for anything else. "--" and ".." are not allowed in the hub's names
 * either; so folder names made of them are not ambiguous.
 */
export function parseHubName(name: string): HubName | null {
  const [, owner, repository, revision = 'main'] = hubName.exec(name) ?? [];
  if (owner === undefined || repository === undefined || /--|\.\./.test(name)) return null;
  return { owner, name: repository, revision };
}

async function findFolder(directories: readonly string[], name: string): Promise<string | null> {
  for (const directory of directories) {
    const folder = join(directory, name);
    if (await isFolder(folder)) return folder;
  }
  return null;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
}

async function withKnownNames(
  directories: readonly string[],
  error: DistilleryError,
): Promise<DistilleryError> {
  const known = await checkpointNames(directories);
  const list =
    known.length > 0
      ? `Checkpoints on this machine: ${known.join(', ')}.`
      : 'There are no checkpoints on this machine.';
  return new DistilleryError(
    error.code,
    `${error.message} ${list}`,
    { ...error.facts, known },
    { cause: error.cause },
  );
}

async function checkpointNames(directories: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const directory of directories) {
    const entries = await readdir(directory).catch(() => []);
    for (const name of entries) {
      if (folderName.test(name) && (await isFolder(join(directory, name)))) names.add(name);
    }
  }
  return [...names].sort();
}
