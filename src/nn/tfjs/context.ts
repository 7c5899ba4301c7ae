/** What running one node is given. */
import type { Value } from '../graph.ts';
import type { OpKind, OpOf } from '../ops/op.ts';
import type { Tensor, Tf } from '../runtime/tfjs.ts';

export interface RunContext<K extends OpKind> {
  readonly tf: Tf;
  readonly op: OpOf<K>;
  readonly inputs: readonly Tensor[];
  /** The node's outputs, and which of them anything uses. */
  readonly outputs: readonly Value[];
  readonly used: readonly boolean[];
  /** What `batch` and `length` stand for in this run. */
  readonly sizes: Readonly<Record<string, number>>;
}
