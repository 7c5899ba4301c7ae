/** The machine in one line: a latency means nothing without it. */
import { arch, availableParallelism, cpus, platform } from 'node:os';
import { onnxruntimeVersion } from '../nn/runtime/onnxruntime.ts';

/** @example 'AMD EPYC 7763, 2 cores, linux x64, Node 20.19.0, onnxruntime-node 1.30.0' */
export function describeMachine(): string {
  const processor = cpus()[0]?.model.trim() || 'unknown processor';
  const cores = availableParallelism();
  return [
    processor,
    `${cores} ${cores === 1 ? 'core' : 'cores'}`,
    `${platform()} ${arch()}`,
    `Node ${process.versions.node}`,
    `onnxruntime-node ${onnxruntimeVersion}`,
  ].join(', ');
}
