/** Artefacts in an S3-compatible store: each push has keys of its own, and a manifest that is replaced last. */
import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import { DistilleryError, errorDetails, isDiskFull } from '../errors.ts';
import { lockFile, replaceFolder } from '../files.ts';
import { filesOf, isAsIn, manifest, type Manifest } from './manifest.ts';
import type { ArtefactStore } from './store.ts';

export interface S3Place {
  readonly dataDirectory: string;
  readonly bucket: string;
  /** Without `/` at its ends; empty for the whole bucket. */
  readonly prefix: string;
  /** Of a store that is not Amazon's. */
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
}

/** The SDK tries requests again, but not those that stream a file. */
const transfers = 3;
/** A store that gives no answer for so long can't be reached; milliseconds. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 60_000 };
/** As many as one request may delete. */
const deletedAtOnce = 1000;

export class S3Store implements ArtefactStore {
  readonly dataDirectory: string;
  readonly #place: S3Place;
  readonly #client: S3Client;

  constructor(place: S3Place) {
    const { dataDirectory, endpoint, region } = place;
    this.dataDirectory = dataDirectory;
    this.#place = place;
    this.#client = new S3Client({
      region: region ?? process.env.AWS_REGION ?? 'us-east-1',
      ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
      // Every file has its SHA-256 in the manifest; other makers' stores don't know the SDK's own checksums.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: timeouts,
    });
  }

  async requireUsable(): Promise<void> {
    // Written, since a store that can only be read fails when the first run has done its work.
    await this.#put('layout.json', { Body: JSON.stringify({ layout: 1 }) });
    await this.#keys('manifests/layout');
  }

  async push(path: string, { once = false } = {}): Promise<void> {
    const source = join(this.dataDirectory, path);
    const before = await this.#manifestOf(path);
    const next: Manifest = { push: randomUUID(), files: [] };
    try {
      for (const name of await filesOf(source))
        next.files.push(await this.#upload(join(source, name), this.#fileKey(path, next, name), name));
      await this.#put(manifestKey(path), {
        Body: JSON.stringify(next),
        ...(once ? { IfNoneMatch: '*' } : {}),
      });
    } catch (error) {
      await this.#deleteUnder(`files/${path}/${next.push}/`).catch(() => undefined); // the fault before is the one to tell
      throw error;
    }
    if (before) await this.#deleteUnder(`files/${path}/${before.push}/`);
  }

  async pull(path: string): Promise<boolean> {
    const target = join(this.dataDirectory, path);
    const aside = join(this.dataDirectory, 'incoming', path.replaceAll('/', '+'));
    await mkdir(dirname(aside), { recursive: true });
    const release = await lockFile(aside, undefined);
    try {
      for (let attempt = 1; ; attempt += 1) {
        const wanted = await this.#manifestOf(path);
        if (!wanted) return false;
        if (await isAsIn(wanted, target)) return true;
        await rm(aside, { recursive: true, force: true });
        try {
          for (const file of wanted.files) await this.#download(path, wanted, file, join(aside, file.name));
        } catch (error) {
          // Cut off, or pushed anew in the meantime, which took the old files away.
          if (attempt === transfers || !(error instanceof DistilleryError)) throw error;
          await wait(100 * attempt);
          continue;
        }
        await replaceFolder(target, aside);
        return true;
      }
    } finally {
      await rm(aside, { recursive: true, force: true });
      await release();
    }
  }

  async list(under: string): Promise<string[]> {
    const keys = await this.#keys(`manifests/${under}`);
    return keys.map((key) => key.slice('manifests/'.length, -'.json'.length));
  }

  async remove(path: string): Promise<void> {
    await rm(join(this.dataDirectory, path), { recursive: true, force: true });
    // Its manifests first: nobody finds what is half removed.
    await this.#delete([manifestKey(path), ...(await this.#keys(`manifests/${path}/`))]);
    await this.#deleteUnder(`files/${path}/`);
  }

  #fileKey(path: string, { push }: Manifest, name: string): string {
    return `files/${path}/${push}/${name || 'file'}`;
  }

  async #manifestOf(path: string): Promise<Manifest | null> {
    const body = await this.#get(manifestKey(path));
    if (!body) return null;
    const parsed = manifest.safeParse(JSON.parse(await this.#reached(() => body.transformToString())));
    if (parsed.success) return parsed.data;
    throw this.#corrupt(path, 'its manifest is not as it was written');
  }

  async #upload(file: string, key: string, name: string): Promise<Manifest['files'][number]> {
    // Held open: a file that is replaced meanwhile is still pushed as it was.
    const handle = await open(file, 'r');
    try {
      const read = () => handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 20 });
      const hash = createHash('sha256');
      let bytes = 0;
      for await (const chunk of read()) {
        hash.update(chunk as Buffer);
        bytes += (chunk as Buffer).length;
      }
      await this.#put(key, { ContentLength: bytes }, read);
      return { name, bytes, sha256: hash.digest('hex') };
    } finally {
      await handle.close();
    }
  }

  async #download(
    path: string,
    wanted: Manifest,
    { name, bytes, sha256 }: Manifest['files'][number],
    target: string,
  ): Promise<void> {
    const body = await this.#get(this.#fileKey(path, wanted, name));
    if (!body) throw this.#corrupt(path, `${name || 'its file'} is missing`);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash('sha256');
    let came = 0;
    await this.#reached(() =>
      pipeline(
        body as Readable,
        async function* (chunks: AsyncIterable<Buffer>) {
          for await (const chunk of chunks) {
            hash.update(chunk);
            came += chunk.length;
            yield chunk;
          }
        },
        createWriteStream(target),
      ),
    );
    if (came === bytes && hash.digest('hex') === sha256) return;
    throw this.#corrupt(path, `${name || 'its file'} does not have the sha256 ${sha256}`);
  }

  async #put(
    key: string,
    input: Omit<PutObjectCommandInput, 'Bucket' | 'Key'>,
    stream?: () => Readable,
  ): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const body = stream?.();
      try {
        await this.#client.send(
          new PutObjectCommand({ ...this.#at(key), ...input, ...(body ? { Body: body } : {}) }),
        );
        return;
      } catch (error) {
        const status = statusOf(error);
        if (status === 412 || status === 409) {
          throw new DistilleryError('CONFLICT', `${key} is in the artefact store already.`, { key });
        }
        const final = !body || attempt === transfers || (status !== null && status < 500);
        if (final) throw this.#unreachable(error);
        await wait(200 * attempt);
      } finally {
        body?.destroy();
      }
    }
  }

  async #get(key: string) {
    try {
      const { Body: body } = await this.#client.send(new GetObjectCommand(this.#at(key)));
      return body ?? null;
    } catch (error) {
      if (errorDetails(error).code === 'NoSuchKey' || nameOf(error) === 'NoSuchKey') return null;
      throw this.#unreachable(error);
    }
  }

  /** Without the store's prefix. */
  async #keys(under: string): Promise<string[]> {
    const { Bucket, Key: Prefix } = this.#at(under);
    const keys: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await this.#reached(() =>
        this.#client.send(new ListObjectsV2Command({ Bucket, Prefix, ContinuationToken })),
      );
      for (const { Key = '' } of page.Contents ?? []) keys.push(Key.slice(Prefix.length - under.length));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    return keys;
  }

  async #deleteUnder(prefix: string): Promise<void> {
    await this.#delete(await this.#keys(prefix));
  }

  async #delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += deletedAtOnce) {
      const Objects = keys.slice(start, start + deletedAtOnce).map((key) => ({ Key: this.#at(key).Key }));
      const { bucket: Bucket } = this.#place;
      await this.#reached(() =>
        this.#client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } })),
      );
    }
  }

  #at(key: string): { Bucket: string; Key: string } {
    const { bucket: Bucket, prefix } = this.#place;
    return { Bucket, Key: prefix === '' ? key : `${prefix}/${key}` };
  }

  async #reached<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      // The disk here, not the store
      if (isDiskFull(error)) throw error;
      throw this.#unreachable(error);
    }
  }

  #unreachable(cause: unknown): DistilleryError {
    const { bucket, prefix, endpoint } = this.#place;
    const { code, message } = errorDetails(cause);
    const why = [...new Set([nameOf(cause), code, message])].filter(Boolean).join(': ');
    return new DistilleryError(
      'UNAVAILABLE',
      `The artefact store s3://${bucket}/${prefix}${endpoint === undefined ? '' : ` at ${endpoint}`} can't be used (${why}). ` +
        'Check that the bucket exists, that DISTILLERY_ARTEFACTS, DISTILLERY_S3_ENDPOINT and DISTILLERY_S3_REGION name it, ' +
        'and that AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (or another source of the SDK) may read and write it.',
      { bucket, prefix },
      { cause },
    );
  }

  #corrupt(path: string, what: string): DistilleryError {
    return new DistilleryError(
      'CORRUPT_ARCHIVE',
      `${path} in the artefact store s3://${this.#place.bucket}/${this.#place.prefix} is damaged: ${what}. Restore it from a backup of the bucket, or make it again.`,
      { path },
    );
  }
}

const manifestKey = (path: string) => `manifests/${path}.json`;

function statusOf(error: unknown): number | null {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  return $metadata?.httpStatusCode ?? null;
}

function nameOf(error: unknown): string | null {
  return error instanceof Error && error.name !== 'Error' ? error.name : null;
}
