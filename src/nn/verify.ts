/** Checks a whole graph between passes: every value made before it is used, every type and shape as its rule says. */
import { DistilleryError } from '../errors.ts';
import type { Graph, Value } from './graph.ts';
import { inferTypes } from './ops/shapeRules.ts';
import { formatShape, sameShape } from './shape.ts';

/** @returns the graph itself. @throws INVALID_GRAPH, naming the node that breaks a rule */
export function verify(graph: Graph): Graph {
  const made = new Set<Value>();
  const names = new Set<string>();
  for (const { name, value } of [...graph.inputs, ...graph.parameters]) {
    if (names.has(name)) fail(`two inputs or parameters have the name ${name}`);
    names.add(name);
    made.add(value);
  }
  for (const { value } of graph.constants) made.add(value);

  for (const { op, inputs, outputs, layer } of graph.nodes) {
    const where = `${op.kind} in ${layer || 'the graph'}`;
    for (const input of inputs)
      if (!made.has(input)) fail(`${where} uses a value that no earlier node makes`);
    const types = inferTypes(op, inputs, layer);
    if (types.length !== outputs.length)
      fail(`${where} has ${outputs.length} outputs, expected ${types.length}`);
    outputs.forEach((output, i) => {
      const type = types[i]!;
      if (output.dtype !== type.dtype || !sameShape(output.shape, type.shape)) {
        fail(
          `${where} makes ${type.dtype} ${formatShape(type.shape)}, not ${output.dtype} ${formatShape(output.shape)}`,
        );
      }
      made.add(output);
    });
  }
  for (const [name, value] of graph.outputs)
    if (!made.has(value)) fail(`the output ${name} is made by no node`);
  return graph;
}

function fail(message: string): never {
  throw new DistilleryError('INVALID_GRAPH', `The graph is not sound: ${message}.`);
}
