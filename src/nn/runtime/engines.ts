/** Chooses the engine that one setting asks for, and says why. */
import type { Engine } from '../engine.ts';
import { createOnnxEngine } from '../onnx/engine.ts';
import { createTfjsEngine } from '../tfjs/engine.ts';
import { onnxruntimeVersion } from './onnxruntime.ts';
import { probeTfjs } from './tfjs.ts';

export interface EngineDescription {
  chosen: string;
  reason: string;
  available: { name: string; available: boolean; detail: string }[];
}

/** @param setting `auto`, `onnx`, `tfjs` or a TensorFlow.js backend such as `tfjs-wasm` */
export async function createEngine(setting: string, options: { threads: number }): Promise<Engine> {
  return (await choose(setting)).chosen === 'onnx'
    ? createOnnxEngine(options)
    : createTfjsEngine(setting, options);
}

/** What the setting chooses on this machine, and what else there is; loads no engine. */
export async function describeEngines(setting: string): Promise<EngineDescription> {
  const onnx = {
    name: 'onnx',
    available: true,
    detail: `onnxruntime-node ${onnxruntimeVersion}, on the processor`,
  };
  return { ...(await choose(setting)), available: [onnx, ...(await probeTfjs())] };
}

/** The engine that a setting stands for, whether it is there or not, and why it is that one. */
async function choose(setting: string): Promise<{ chosen: string; reason: string }> {
  const asked = 'the setting asks for it';
  if (setting === 'onnx') return { chosen: 'onnx', reason: asked };
  const backends = await probeTfjs();
  if (setting === 'auto') {
    const gpu = backends.some(({ name, available }) => name === 'tfjs-node-gpu' && available);
    const hint = gpu ? '; tfjs-node-gpu is installed too, and used where the setting asks for it' : '';
    return {
      chosen: 'onnx',
      reason: `it needs nothing beyond npm install, and is the fastest on a processor${hint}`,
    };
  }
  const passedOver = backends
    .filter(({ available }) => !available)
    .map(({ name, detail }) => `${name} is ${detail}`);
  if (setting !== 'tfjs') {
    const backend = backends.find(({ name }) => name === setting);
    return {
      chosen: setting,
      reason: backend?.available ? asked : `${asked}, but it can't be used: ${backend?.detail ?? 'unknown'}`,
    };
  }
  const first = backends.find(({ available }) => available);
  return {
    chosen: first?.name ?? 'tfjs',
    reason: [`${asked}; the first TensorFlow.js backend that is there`, ...passedOver].join('; '),
  };
}
