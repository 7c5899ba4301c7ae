/** Starts a worker thread on a module of ours, compiled or not. */
import { createRequire } from 'node:module';
import { extname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** @param script `.ts` where the program runs uncompiled, `.js` in the build */
export function startThread(script: URL, options: WorkerOptions = {}): Worker {
  return extname(script.pathname) === '.ts'
    ? new Worker(throughTsx(script), { ...options, eval: true })
    : new Worker(script, options);
}

/** A thread has a loader of its own, and the file that it starts with is read before tsx can be told to be that. */
function throughTsx(script: URL): string {
  const cjs = createRequire(import.meta.url).resolve('tsx/esm/api');
  const tsx = pathToFileURL(cjs.replace(/cjs$/, 'mjs')).href;
  return `import('${tsx}').then(({ register }) => { register(); return import('${script.href}'); })`;
}
