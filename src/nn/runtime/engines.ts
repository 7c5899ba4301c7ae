/** Chooses the engine that one setting asks for, and says why. */
import type { Engine } from '../engine.ts';
import { createOnnxEngine } from '../onnx/engine.ts';
import { createTfjsEngine } from '../tfjs/engine.ts';
import { executionProviders, onnxruntimeVersion } from './onnxruntime.ts';
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
    detail: `onnxruntime-node ${onnxruntimeVersion} with ${executionProviders().join(', ')}`,
  };
  return { ...(await choose(setting)), available: [onnx, ...(await probeTfjs())] };
}

async function choose(setting: string): Promise<{ chosen: string; reason: string }> {
  if (setting === 'onnx') return { chosen: 'onnx', reason: 'the setting asks for it' };
  if (setting !== 'auto') return { chosen: setting, reason: 'the setting asks for it' };
  const gpu = (await probeTfjs()).find(({ name }) => name === 'tfjs-node-gpu');
  if (gpu?.available) {
    return {
      chosen: 'onnx',
      reason: 'the fastest on the processor; tfjs-node-gpu is installed and can be asked for by name',
    };
  }
  return { chosen: 'onnx', reason: 'the fastest engine here; it needs nothing beyond npm install' };
}
