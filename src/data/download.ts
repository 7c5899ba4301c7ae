/** Downloads one file, goes on where a cut connection stopped, and checks it before it gets its name. */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DistilleryError, errorDetails } from '../errors.ts';
import { lockFile, sha256OfFile } from '../files.ts';

const attempts = 5;
const largestRedirects = 5;
/** A server that gives no answer for so long can't be reached. */
const answerMs = 10_000;
/** A connection that brings nothing for so long counts as cut. */
const silenceMs = 60_000;
const retryable = new Set([408, 425, 429, 500, 502, 503, 504]);
const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

export interface DownloadOptions {
  /** Expected sha256, in lower-case hexadecimal digits. */
  sha256?: string | undefined;
  /** Where the file and every redirect may lie, `*.` in front for every name below; anywhere without it. */
  hosts?: readonly string[] | undefined;
  /** A file of more bytes is refused, before it fills the disk. */
  largestBytes?: number | undefined;
  /** Bytes on disk so far, and in all where the server says so. */
  onProgress?: ((done: number, total: number | null) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Fetches `url` into `<target>.part`, and renames that to `target` once it is complete and its checksum fits. A
 * part that is there already is gone on with (HTTP Range); it stays when the download fails. Several processes
 * may ask for the same target: one downloads, the others wait. A target that exists is left as it is.
 *
 * @param url https; plain http only to this machine itself
 * @throws DistilleryError BAD_USER_INPUT for another protocol or host (of a redirect, too); NOT_FOUND for status 404 and
 * 410; UNAVAILABLE for other answers and network faults; CORRUPT_ARCHIVE for a wrong checksum or too large a file; CANCELLED
 */
export async function downloadFile(
  url: string,
  target: string,
  options: DownloadOptions = {},
): Promise<void> {
  checkAddress(new URL(url), new URL(url), options.hosts);
  await mkdir(dirname(target), { recursive: true });
  const release = await lockFile(target, options.signal);
  try {
    if ((await sizeOf(target)) !== null) return;
    await fetchPart(url, `${target}.part`, options);
    await checkSha256(url, `${target}.part`, options.sha256);
    await rename(`${target}.part`, target);
    await rm(`${target}.part.tag`, { force: true });
  } finally {
    await release();
  }
}

/** Tries again after a cut connection; a server that can't be reached at all is told at once. */
async function fetchPart(url: string, part: string, options: DownloadOptions): Promise<void> {
  let begun = false;
  for (let attempt = 1; ; attempt += 1) {
    const before = (await sizeOf(part)) ?? 0;
    try {
      await fetchOnce(url, part, options);
      return;
    } catch (error) {
      if (options.signal?.aborted) {
        throw new DistilleryError(
          'CANCELLED',
          `The download of ${url} was cancelled.`,
          { url },
          { cause: error },
        );
      }
      if (error instanceof DistilleryError && error.code !== 'UNAVAILABLE') throw error;
      const progress = ((await sizeOf(part)) ?? 0) > before;
      begun ||= progress;
      if (progress) attempt = 1; // a server that cuts every connection still gets us there
      const again = (error instanceof CutConnection || begun) && attempt < attempts;
      if (!again) throw asUnavailable(url, error);
      await wait(progress ? 100 : 500 * 2 ** (attempt - 1), undefined, { signal: options.signal }).catch(
        () => undefined,
      );
    }
  }
}

/** A fault that another attempt may not meet. */
class CutConnection extends Error {}

async function fetchOnce(
  url: string,
  part: string,
  { sha256, hosts, largestBytes = Infinity, onProgress, signal }: DownloadOptions,
): Promise<void> {
  const silence = new AbortController();
  const giveUpAfter = (milliseconds: number, reason: Error) =>
    setTimeout(() => silence.abort(reason), milliseconds);
  let timer = giveUpAfter(answerMs, new Error(`no answer came in ${answerMs / 1000} s`));
  const eitherSignal = signal ? AbortSignal.any([signal, silence.signal]) : silence.signal;
  try {
    const have = await resumableBytes(part, sha256 !== undefined);
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (have.bytes > 0) {
      headers.range = `bytes=${have.bytes}-`;
      if (have.tag !== null) headers['if-range'] = have.tag;
    }
    const response = await follow(url, { headers, hosts, signal: eitherSignal });
    clearTimeout(timer);
    timer = giveUpAfter(silenceMs, new CutConnection(`nothing came for ${silenceMs / 1000} s`));
    const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const whole = range?.[2] !== undefined && range[2] !== '*' ? Number(range[2]) : null;
    if (response.status === 416) {
      await response.body?.cancel();
      if (whole === have.bytes) return; // the part was complete already
      await rm(part, { force: true });
      throw new CutConnection('the part on disk does not fit the file on the server');
    }
    const resumed = response.status === 206 && Number(range?.[1]) === have.bytes;
    if (!resumed && response.status !== 200) {
      await response.body?.cancel();
      if (response.status === 206) await rm(part, { force: true });
      throw statusError(url, response.status);
    }
    const start = resumed ? have.bytes : 0;
    const length = response.headers.get('content-length');
    const total = resumed && whole !== null ? whole : length === null ? null : start + Number(length);
    if (total !== null && total > largestBytes) {
      await response.body?.cancel();
      throw tooLarge(url, total, largestBytes);
    }
    const tag = response.headers.get('etag') ?? response.headers.get('last-modified');
    await (tag === null || tag.startsWith('W/')
      ? rm(`${part}.tag`, { force: true })
      : writeFile(`${part}.tag`, tag));
    const file = await open(part, resumed ? 'a' : 'w');
    let done = start;
    try {
      onProgress?.(done, total);
      for await (const chunk of response.body ?? []) {
        if (done + chunk.length > largestBytes) throw tooLarge(url, done + chunk.length, largestBytes);
        await file.write(chunk);
        done += chunk.length;
        timer.refresh();
        onProgress?.(done, total);
      }
    } catch (cause) {
      if (cause instanceof DistilleryError) throw cause;
      throw new CutConnection(`the connection was cut after ${done} of ${total ?? 'unknown'} bytes`, {
        cause,
      });
    } finally {
      await file.close();
    }
    if (total !== null && done !== total) throw new CutConnection(`${done} of ${total} bytes came`);
  } finally {
    clearTimeout(timer);
  }
}

/** Without a checksum, a part is gone on with only where the server can say that the file is still the same. */
async function resumableBytes(
  part: string,
  checked: boolean,
): Promise<{ bytes: number; tag: string | null }> {
  const bytes = (await sizeOf(part)) ?? 0;
  const tag = await readFile(`${part}.tag`, 'utf8').catch(() => null);
  return { bytes: checked || tag !== null ? bytes : 0, tag };
}

/** Redirects by hand, since every address on the way has to be checked. */
export async function follow(
  url: string,
  {
    headers,
    hosts,
    signal,
  }: Pick<DownloadOptions, 'hosts' | 'signal'> & { headers?: Record<string, string> },
): Promise<Response> {
  const first = new URL(url);
  let address = first;
  for (let hop = 0; hop <= largestRedirects; hop += 1) {
    checkAddress(address, first, hosts);
    const init = { redirect: 'manual', ...(headers && { headers }), ...(signal && { signal }) } as const;
    const response = await fetch(address, init);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    address = new URL(location, address);
  }
  throw new DistilleryError('UNAVAILABLE', `${url} redirects more than ${largestRedirects} times.`, { url });
}

/** This machine is for mirrors on it: what begins elsewhere is not led here. */
function checkAddress(url: URL, first: URL, hosts: readonly string[] | undefined): void {
  if (loopback.test(url.hostname) && loopback.test(first.hostname) && /^https?:$/.test(url.protocol)) return;
  if (url.protocol !== 'https:' || loopback.test(url.hostname)) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${url.href} is not an https address elsewhere; files are downloaded over https only.`,
      { url: url.href },
    );
  }
  if (!hosts || hosts.some((host) => isUnder(url.hostname, host))) return;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `${url.href} lies on a host that files are not downloaded from; expected ${hosts.join(', ')}. DISTILLERY_HUB_HOSTS allows others.`,
    { url: url.href, hosts },
  );
}

function isUnder(name: string, host: string): boolean {
  return host.startsWith('*.') ? name.endsWith(host.slice(1)) : name === host;
}

async function checkSha256(url: string, part: string, expected: string | undefined): Promise<void> {
  if (expected === undefined) return;
  const sha256 = await sha256OfFile(part);
  if (sha256 === expected) return;
  await rm(part, { force: true });
  await rm(`${part}.tag`, { force: true });
  throw new DistilleryError(
    'CORRUPT_ARCHIVE',
    `What came from ${url} has the sha256 ${sha256}; expected ${expected}. It was thrown away: try again, or get the file in another way.`,
    { url, sha256, expected },
  );
}

async function sizeOf(path: string): Promise<number | null> {
  return stat(path).then(
    ({ size }) => size,
    () => null,
  );
}

function tooLarge(url: string, bytes: number, largestBytes: number): DistilleryError {
  return new DistilleryError(
    'CORRUPT_ARCHIVE',
    `The file at ${url} has ${bytes} bytes or more; expected ${largestBytes} at most.`,
    { url, bytes, largestBytes },
  );
}

function statusError(url: string, status: number): Error {
  if (status === 404 || status === 410)
    return new DistilleryError('NOT_FOUND', `There is no file at ${url} (status ${status}).`, {
      url,
      status,
    });
  if (retryable.has(status) || status === 206)
    return new CutConnection(`the server answered with status ${status}`);
  return new DistilleryError('UNAVAILABLE', `${url} answered with status ${status}.`, { url, status });
}

function asUnavailable(url: string, error: unknown): DistilleryError {
  if (error instanceof DistilleryError) return error;
  const { message, cause } = errorDetails(error);
  // fetch says "fetch failed" and keeps the reason (name not found, connection refused) in its cause.
  const reason = cause === undefined ? message : `${message}: ${errorDetails(cause).message}`;
  return new DistilleryError(
    'UNAVAILABLE',
    `Could not download ${url}: ${reason}. What has come is kept, and the next attempt goes on there.`,
    { url },
    { cause: error },
  );
}
