/** The contract of every operation: both engines, all backends, and finite differences say the same. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { OpenTfjs } from '../../src/nn/runtime/tfjs.ts';
import { openTfjs } from '../../src/nn/runtime/tfjs.ts';
import { testedBackends } from './backends.ts';
import type { OpCase } from './cases.ts';
import { cases } from './cases.ts';
import { expectClose } from './close.ts';
import type { Results } from './run.ts';
import { finiteDifferences, gradientOf, placesOf, prepare, runOnnx, runTfjs } from './run.ts';

const backends: OpenTfjs[] = [];
beforeAll(async () => {
  for (const name of testedBackends) backends.push(await openTfjs(name, { threads: 1 }));
});

/** TensorFlow.js's erf is a rational approximation, 1.5e-7 off (Abramowitz and Stegun 7.1.26). */
const forwardTolerance = { relative: 1e-5, absolute: 2e-6 };
const gradientTolerance = { relative: 2e-5, absolute: 4e-6 };

for (const [kind, ofKind] of Object.entries(cases)) {
  describe(kind, () => {
    for (const opCase of ofKind) contract(`${kind}, ${opCase.what}`, opCase);
  });
}

function contract(name: string, opCase: OpCase): void {
  const prepared = prepare(name, opCase);
  const { forward, inference, loss, gradients, inputs, outputShapes, differentiable } = prepared;
  const publicOutputs = opCase.publicOutputs ?? outputShapes.length;
  const compare = (what: string, actual: Results, expected: Results, outputs: number) => {
    for (let i = 0; i < outputs; i += 1) {
      const counted = placesOf(outputShapes[i]!).map((at) => opCase.counts?.(i, at) ?? true);
      const pick = (results: Results) => Array.from(results[String(i)] ?? []).filter((_, at) => counted[at]);
      expect(Array.from(actual[String(i)] ?? [])).toHaveLength(counted.length);
      expectClose(`${what}, output ${i}`, pick(actual), pick(expected), forwardTolerance);
    }
  };

  it(`${opCase.what}: the engines agree`, async () => {
    const onnx = await runOnnx(forward, inputs);
    compare('exported for inference', await runOnnx(inference, inputs, 'inference'), onnx, publicOutputs);
    for (const open of backends)
      compare(open.name, await runTfjs(open, forward, inputs), onnx, outputShapes.length);
  });

  if (differentiable.length === 0) return;
  it(`${opCase.what}: the gradients agree`, async () => {
    const ours = await runOnnx(gradients, inputs);
    for (const open of backends) {
      const judge = await runTfjs(open, loss, inputs, differentiable);
      const interpreted = await runTfjs(open, gradients, inputs);
      for (const input of differentiable) {
        const gradient = gradientOf(input);
        expectClose(
          `${gradient} against TensorFlow.js's, ${open.name}`,
          ours[gradient]!,
          judge[gradient]!,
          gradientTolerance,
        );
        expectClose(
          `${gradient} as ${open.name} runs it`,
          interpreted[gradient]!,
          ours[gradient]!,
          gradientTolerance,
        );
      }
    }
    if (opCase.noDifferences !== undefined) return;
    for (const [input, derivatives] of Object.entries(await finiteDifferences(prepared, publicOutputs))) {
      const chosen = derivatives.map(([at]) => ours[gradientOf(input)]![at]!);
      expectClose(
        `${gradientOf(input)} against differences`,
        chosen,
        derivatives.map(([, slope]) => slope),
        { relative: 4e-3, absolute: 2e-3 },
      );
    }
  });
}
