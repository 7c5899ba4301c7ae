/** Removes the nodes and constants that no output depends on, such as gradients of constants. */
import type { Graph, Node, Value } from './graph.ts';

export function prune(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs.values());
  const kept: Node[] = [];
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    kept.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  return {
    ...graph,
    nodes: kept.reverse(),
    constants: graph.constants.filter(({ value }) => needed.has(value)),
  };
}
