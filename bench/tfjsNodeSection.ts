/** What `bench -- tfjs-node` found, as docs/ tells it. */
import { z } from 'zod';
import { whole } from '../src/cli/tables.ts';
import { markdownTable, type MarkdownColumn } from '../src/survey/export/markdownTable.ts';
import { trainingResult, trainingSection } from './resultSections.ts';

const difference = z.object({
  loss: z.number(),
  gradientNorm: z.number(),
  gradients: z.number(),
  weights: z.number(),
  movement: z.number(),
});

export const tfjsNodeResult = trainingResult.extend({
  agreement: z.array(
    z.object({
      model: z.string(),
      engine: z.string(),
      steps: z.array(difference),
      largest: difference,
    }),
  ),
  memory: z.array(
    z.object({ model: z.string(), steps: z.number(), tensors: z.number(), nativeMb: z.number() }),
  ),
  served: z.object({
    models: z.array(
      z.object({
        architecture: z.string(),
        method: z.string(),
        engine: z.string().nullable(),
        accuracy: z.number().nullable(),
      }),
    ),
  }),
});
type TfjsNodeResult = z.infer<typeof tfjsNodeResult>;
type Row = TfjsNodeResult['agreement'][number];

const part = (head: string, name: keyof Row['largest']): MarkdownColumn<Row> => ({
  head,
  cell: ({ largest }) => largest[name].toExponential(1),
});

const columns: readonly MarkdownColumn<Row>[] = [
  { head: 'against onnx', cell: ({ model }) => model, left: true },
  { head: 'engine', cell: ({ engine }) => engine, left: true },
  { head: 'steps', cell: ({ steps }) => String(steps.length) },
  part('loss', 'loss'),
  part('norm of the gradients', 'gradientNorm'),
  {
    head: 'gradients of the first step',
    cell: ({ steps: [first] }) => first?.gradients.toExponential(1),
  },
  part('their running mean', 'gradients'),
  part('weights', 'weights'),
  part('movement of the weights', 'movement'),
];

export function tfjsNodeSection(result: TfjsNodeResult): string {
  const { versions, agreement, memory, served } = result;
  const library = `@tensorflow/tfjs-node ${versions['@tensorflow/tfjs-node'] ?? 'of unknown version'} on TensorFlow ${versions.tensorflow ?? 'of unknown version'}`;
  const left = memory.map(
    ({ model, steps, tensors, nativeMb }) =>
      `${model} ${tensors} tensors and ${Math.round(nativeMb)} MB outside of JavaScript's heap over ${whole(steps)} steps`,
  );
  const trained = served.models.map(
    ({ architecture, method, engine, accuracy }) =>
      `${architecture} (${method.toLowerCase()}, ${engine ?? 'unknown engine'}): ${accuracy?.toFixed(3) ?? 'unknown'}`,
  );
  return `${markdownTable(columns, agreement)}

Largest relative differences over all steps, dropout, clipping and weight decay included: of tensors, the largest difference against the largest element. The running mean is Adam's first moment; the weights' movement is what training added to them. Both differ more than what they come of: where a tensor's mean passes through 0 any difference is large beside it, and of a gradient near 0 Adam makes a whole step. WASM is about as far from onnx. The key biases of attention are left out: their gradient is 0, and what is there are rounding errors. ${library}.

${trainingSection(result)}

Left behind by training with tfjs-node: ${left.join('; ')}. A server with \`DISTILLERY_ENGINE=tfjs-node\` trained these on the sample reviews, with this accuracy in validation: ${trained.join('; ')}.`;
}
