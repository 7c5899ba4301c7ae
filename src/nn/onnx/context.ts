/** What the lowering of one node is given. */
import type { Value } from '../graph.ts';
import type { OpKind, OpOf } from '../ops/op.ts';
import type { OnnxWriter } from './writer.ts';

/** `inference` writes what any ONNX runtime serves best; `training` also writes what the gradients need. */
export type Mode = 'inference' | 'training';

export interface LoweringContext<K extends OpKind> {
  readonly w: OnnxWriter;
  readonly op: OpOf<K>;
  readonly mode: Mode;
  /** The node's inputs, and their names in the ONNX graph. */
  readonly inputs: readonly Value[];
  readonly names: readonly string[];
  /** Names that the outputs must get; empty where nothing uses one. */
  readonly outputs: readonly string[];
}
