/** The one file that imports TensorFlow.js: picks a backend, loads it, and says what it picked and why. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type * as tfjsCore from '@tensorflow/tfjs-core';
import type * as esbuild from 'esbuild';
import { DistilleryError } from '../../errors.ts';
import { completeKernels } from '../tfjs/kernels.ts';

export type Tf = typeof tfjsCore;
export type { DataType, KernelFunc, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
export type { BackendWasm as WasmBackend } from '@tensorflow/tfjs-backend-wasm';

export const tfjsBackends = ['tfjs-node-gpu', 'tfjs-node', 'tfjs-wasm', 'tfjs-cpu'] as const;
export type TfjsBackend = (typeof tfjsBackends)[number];
/** `tfjs` takes the first of {@link tfjsBackends} that is installed and loads. */
export type TfjsSetting = 'tfjs' | TfjsBackend;

export interface OpenTfjs {
  readonly tf: Tf;
  /** What `tf.setBackend` calls it. */
  readonly backend: 'tensorflow' | 'wasm' | 'cpu';
  readonly name: TfjsBackend;
  /** For a person: what was picked, and why not what comes before it. */
  readonly reason: string;
}

export interface TfjsAvailability {
  readonly name: TfjsBackend;
  readonly available: boolean;
  readonly detail: string;
}

const packages: Readonly<Record<TfjsBackend, string>> = {
  'tfjs-node-gpu': '@tensorflow/tfjs-node-gpu',
  'tfjs-node': '@tensorflow/tfjs-node',
  'tfjs-wasm': '@tensorflow/tfjs-backend-wasm',
  'tfjs-cpu': '@tensorflow/tfjs-backend-cpu',
};

const require = createRequire(import.meta.url);

/** Looks which backends are installed, without loading any. */
export function probeTfjs(): Promise<TfjsAvailability[]> {
  return Promise.resolve(tfjsBackends.map(probe));
}

function probe(name: TfjsBackend): TfjsAvailability {
  const folder = folderOf(packages[name]);
  if (!folder)
    return { name, available: false, detail: `not installed: npm install ${packages[name]}@4.22.0` };
  if (isNative(name) && !hasBinding(folder)) {
    return {
      name,
      available: false,
      detail: `installed without its native part: npm rebuild ${packages[name]} --build-addon-from-source`,
    };
  }
  return {
    name,
    available: true,
    detail: `${packages[name]} ${(require(join(folder, 'package.json')) as { version: string }).version}`,
  };
}

const isNative = (name: TfjsBackend) => name === 'tfjs-node-gpu' || name === 'tfjs-node';

function folderOf(packageName: string): string | null {
  try {
    return dirname(require.resolve(`${packageName}/package.json`));
  } catch {
    return null;
  }
}

/** The native packages download their binary when they are installed, and npm goes on when that fails. */
function hasBinding(folder: string): boolean {
  const library = join(folder, 'lib');
  if (!existsSync(library)) return false;
  return readdirSync(library).some((entry) => existsSync(join(library, entry, 'tfjs_binding.node')));
}

/**
 * Loads TensorFlow.js with one backend and makes it the current one.
 * @param threads for the native backends, where it counts from the first load in a process; WASM has one in Node
 * @throws ENGINE_UNAVAILABLE where a named backend is not installed or does not load
 */
export async function openTfjs(setting: TfjsSetting, { threads }: { threads: number }): Promise<OpenTfjs> {
  const passedOver: string[] = [];
  for (const name of setting === 'tfjs' ? tfjsBackends : [setting]) {
    const { available, detail } = probe(name);
    if (!available) {
      passedOver.push(`${name} is ${detail}`);
      continue;
    }
    try {
      const { tf, backend, remark } = await load(name, threads);
      return { tf, backend, name, reason: [`${name} (${detail}${remark})`, ...passedOver].join('; ') };
    } catch (error) {
      passedOver.push(`${name} does not load: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new DistilleryError(
    'ENGINE_UNAVAILABLE',
    `The engine ${setting} can't be used: ${passedOver.join('; ')}.`,
    { engine: setting },
  );
}

async function load(
  name: TfjsBackend,
  threads: number,
): Promise<Pick<OpenTfjs, 'tf' | 'backend'> & { remark: string }> {
  if (isNative(name)) return loadNative(packages[name], threads);
  const tf = await import('@tensorflow/tfjs-core');
  tf.enableProdMode();
  registerGradients(tf);
  if (name === 'tfjs-cpu') {
    await import('@tensorflow/tfjs-backend-cpu');
    await select(tf, 'cpu');
    return { tf, backend: 'cpu', remark: '' };
  }
  const wasm = await import('@tensorflow/tfjs-backend-wasm');
  if (!tf.engine().registryFactory.wasm) throw new Error('its backend did not register');
  if (!tf.engine().registry.wasm) wasm.setWasmPaths(join(folderOf(packages[name]) ?? '', 'dist/'));
  await withoutNewProcessHandlers(() => select(tf, 'wasm'));
  const simd = await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT');
  return { tf, backend: 'wasm', remark: `, ${simd ? 'SIMD' : 'no SIMD'}, one thread` };
}

async function loadNative(
  packageName: string,
  threads: number,
): Promise<Pick<OpenTfjs, 'tf' | 'backend'> & { remark: string }> {
  // TensorFlow reads these once, when its library is loaded
  process.env.TF_NUM_INTRAOP_THREADS ??= String(threads);
  process.env.TF_NUM_INTEROP_THREADS ??= '1';
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  restoreRemovedFunctions();
  // By name, since the package is optional and the compiler must not look for it
  const module = (await import(packageName)) as Tf & { default?: Tf };
  const tf = module.default ?? module;
  tf.enableProdMode();
  await select(tf, 'tensorflow');
  const native = tf.backend() as unknown as { isUsingGpuDevice?: boolean };
  // TensorFlow itself goes on with the processor, for days
  if (packageName === packages['tfjs-node-gpu'] && !native.isUsingGpuDevice)
    throw new Error('it finds no GPU that it can use: it needs the driver, CUDA 11 and cuDNN 8');
  return {
    tf,
    backend: 'tensorflow',
    remark: native.isUsingGpuDevice ? ', on a GPU' : `, on the processor, ${threads} threads`,
  };
}

/** tfjs-node 4.22 still calls these two of node:util, which Node 23 removed. */
function restoreRemovedFunctions(): void {
  const util = require('node:util') as Record<string, unknown>;
  util.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  util.isArray ??= Array.isArray;
}

async function select(tf: Tf, backend: OpenTfjs['backend']): Promise<void> {
  const first = !tf.engine().registry[backend];
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} did not start`);
  if (first && backend !== 'tensorflow') completeKernels(tf, backend);
}

/**
 * TensorFlow.js's own gradient rules are in its package only as ES modules that Node does not resolve (no extensions),
 * so they are bundled here, once in a process. The native packages bring them along.
 */
function registerGradients(tf: Tf): void {
  if (tf.getGradient('Add')) return;
  const folder = folderOf('@tensorflow/tfjs-core');
  const { buildSync } = require('esbuild') as typeof esbuild;
  const { outputFiles } = buildSync({
    entryPoints: [join(folder ?? '', 'dist/register_all_gradients.js')],
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    logLevel: 'silent',
  });
  const run = new Function('require', 'module', 'exports', outputFiles[0]!.text) as (
    ...scope: unknown[]
  ) => void;
  run(require, { exports: {} }, {});
}

/** The WASM module makes any error in the process fatal in its own way; our process keeps its own handlers. */
async function withoutNewProcessHandlers(start: () => Promise<void>): Promise<void> {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  await start();
  events.forEach((event, i) => {
    for (const listener of process.listeners(event as 'uncaughtException')) {
      if (!before[i]!.has(listener)) process.removeListener(event, listener);
    }
  });
}
