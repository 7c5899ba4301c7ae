/** The TensorFlow.js backends that tests run on: those that npm install brings, and tfjs-node where it is built. */
import type { TfjsBackend } from '../../src/nn/runtime/tfjs.ts';
import { probeTfjs } from '../../src/nn/runtime/tfjs.ts';

const native = (await probeTfjs()).find(({ name }) => name === 'tfjs-node')!;

export const hasTfjsNode = native.available;

if (!hasTfjsNode)
  process.stderr.write(
    `Tests with tfjs-node are skipped: it is ${native.detail}, or npm run bench -- tfjs-node.\n`,
  );

export const testedBackends: readonly TfjsBackend[] = [
  'tfjs-cpu',
  'tfjs-wasm',
  ...(hasTfjsNode ? (['tfjs-node'] as const) : []),
];
