/**
 * The gated recurrent unit (Cho et al. 2014, arXiv 1406.1078), with the reset gate applied after the product as in
 * cuDNN, PyTorch and ONNX's `linear_before_reset`:
 *   update u = σ(x·Wᵤ + h·Rᵤ + b),  reset r = σ(x·Wᵣ + h·Rᵣ + b),
 *   q = h·Rₙ + bₙ,  candidate n = tanh(x·Wₙ + b + r ⊙ q),  h′ = n + u ⊙ (h − n).
 * Training writes it as two Scans that hold only what must be done step by step; all that can be done for the whole
 * sequence at once stands outside.
 */
import type { DType, Shape } from '../shape.ts';
import type { LoweringContext } from './context.ts';
import type { ValueInfoMessage } from './protobuf.ts';
import { elementTypes } from './protobuf.ts';
import { OnnxWriter, valueInfo } from './writer.ts';

export function lowerGru(context: LoweringContext<'gru'>): void {
  if (context.mode === 'inference') standardGru(context);
  else forwardScan(context);
}

/** The standard operator: fused in every runtime, with lengths in place of the mask. */
function standardGru({
  w,
  op,
  inputs,
  names: [x, mask, inputWeights, recurrentWeights, inputBias, recurrentBias],
  outputs,
}: LoweringContext<'gru'>): void {
  const hidden = inputs[3]!.shape[0] as number;
  const weights = (name: string) =>
    w.emit('Unsqueeze', [w.emit('Transpose', [name], { perm: { ints: [1, 0] } }), w.int64([0])]);
  const bothBiases = w.emit('Concat', [inputBias!, recurrentBias!], { axis: { int: 0 } });
  const bias = w.emit('Unsqueeze', [bothBiases, w.int64([0])]);
  const counted = w.emit(
    'ReduceSum',
    [w.emit('Cast', [mask!], { to: { int: elementTypes.int32 } }), w.int64([0, 2])],
    {
      keepdims: { int: 0 },
    },
  );
  const [states, last] = w.emitMany(
    'GRU',
    [x!, weights(inputWeights!), weights(recurrentWeights!), bias, counted],
    2,
    {
      hidden_size: { int: hidden },
      linear_before_reset: { int: 1 },
      direction: { text: op.direction },
    },
  );
  if (outputs[0]) w.emitTo([outputs[0]], 'Squeeze', [states!, w.int64([1])]);
  if (outputs[1]) w.emitTo([outputs[1]], 'Squeeze', [last!, w.int64([0])]);
}

function forwardScan({ w, op, inputs, names, outputs }: LoweringContext<'gru'>): void {
  const [x, mask, inputWeights, recurrentWeights, inputBias, recurrentBias] = names as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [batch, hidden] = [inputs[0]!.shape[1]!, inputs[3]!.shape[0] as number];
  const split = (name: string, axis: number) =>
    w.emitMany('Split', [name, w.int64([2 * hidden, hidden])], 2, { axis: { int: axis } }) as [
      string,
      string,
    ];
  const [gateWeights, candidateWeights] = split(inputWeights, 1);
  const [gateRecurrent, candidateRecurrent] = split(recurrentWeights, 1);
  const [gateInputBias, candidateInputBias] = split(inputBias, 0);
  const [gateRecurrentBias, candidateRecurrentBias] = split(recurrentBias, 0);
  const gateBias = w.emit('Add', [gateInputBias, gateRecurrentBias]);
  const gateInputs = w.emit('Add', [w.emit('MatMul', [x, gateWeights]), gateBias]);
  const candidateInputs = w.emit('Add', [w.emit('MatMul', [x, candidateWeights]), candidateInputBias]);

  const state: Shape = [batch, hidden];
  const scanned = scan(w, {
    direction: op.direction,
    initial: zeroState(w, x, hidden),
    state,
    inputs: [
      ['float32', [batch, 2 * hidden], gateInputs],
      ['float32', state, candidateInputs],
      ['bool', [batch, 1], mask],
    ],
    outputs: [state, [batch, 2 * hidden], state, state],
    body: (s, previous, [gateInput, candidateInput, isToken]) => {
      const gates = s.emit('Sigmoid', [s.emit('Gemm', [previous, gateRecurrent, gateInput!])]);
      const [update, reset] = s.emitMany('Split', [gates], 2, {
        axis: { int: 1 },
        num_outputs: { int: 2 },
      }) as [string, string];
      const recurrent = s.emit('Gemm', [previous, candidateRecurrent, candidateRecurrentBias]);
      const candidate = s.emit('Tanh', [s.emit('Add', [candidateInput!, s.emit('Mul', [reset, recurrent])])]);
      const blended = s.emit('Add', [
        candidate,
        s.emit('Mul', [update, s.emit('Sub', [previous, candidate])]),
      ]);
      const next = s.emit('Where', [isToken!, blended, previous]);
      return { next, outputs: [s.emit('Identity', [next]), gates, candidate, recurrent] };
    },
  });
  const [last, states, gates, candidate, recurrent] = scanned as [string, string, string, string, string];
  w.emitTo([outputs[0] || w.fresh('states')], 'Mul', [states, asFloats(w, mask)]);
  w.emitTo([outputs[1] || w.fresh('last')], 'Identity', [last]);
  [gates, candidate, recurrent].forEach((name, i) => {
    if (outputs[i + 2]) w.emitTo([outputs[i + 2]!], 'Identity', [name]);
  });
}

/**
 * With d the gradient of h′: dn = d(1 − u)(1 − n²) before the tanh, du = d(h − n)u(1 − u) and dr = dn·q·r(1 − r)
 * before the sigmoids, dq = dn·r, and dh = d·u + [du, dr, dq]·Rᵀ. All factors of d are known before the scan.
 */
export function lowerGruGradient({ w, op, inputs, names, outputs }: LoweringContext<'gruGradient'>): void {
  const [mask, recurrentWeights, states, gates, candidate, recurrent, dStates, dLast] = names as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const [, batch, hidden] = inputs[2]!.shape as [unknown, string | number, number];
  const one = w.scalar(1);
  const mul = (a: string, b: string) => w.emit('Mul', [a, b]);
  const oneMinus = (a: string) => w.emit('Sub', [one, a]);
  const tokens = asFloats(w, mask);
  const onlyTokens = (a: string) => mul(a, tokens);

  const [update, reset] = w.emitMany('Split', [gates], 2, { axis: { int: 2 }, num_outputs: { int: 2 } }) as [
    string,
    string,
  ];
  const by = op.direction === 'forward' ? 1 : -1;
  const previous = w.emit('Pad', [states, w.int64([by, -by]), '', w.int64([0])]);
  const keptShare = w.emit('Where', [mask, update, one]); // padding passes the gradient on as it is
  const candidateFactor = onlyTokens(mul(oneMinus(update), oneMinus(mul(candidate, candidate))));
  const updateFactor = onlyTokens(mul(w.emit('Sub', [previous, candidate]), mul(update, oneMinus(update))));
  const resetFactor = mul(recurrent, mul(reset, oneMinus(reset)));

  const state: Shape = [batch, hidden];
  const scanned = scan(w, {
    direction: op.direction === 'forward' ? 'reverse' : 'forward',
    initial: dLast,
    state,
    inputs: [onlyTokens(dStates), keptShare, candidateFactor, updateFactor, resetFactor, reset].map(
      (name) => ['float32', state, name],
    ),
    outputs: [[batch, 3 * hidden], state],
    body: (s, later, [dState, kept, ofCandidate, ofUpdate, ofReset, resetGate]) => {
      const d = s.emit('Add', [later, dState!]);
      const dCandidate = s.emit('Mul', [d, ofCandidate!]);
      const parts = [
        s.emit('Mul', [d, ofUpdate!]),
        s.emit('Mul', [dCandidate, ofReset!]),
        s.emit('Mul', [dCandidate, resetGate!]),
      ];
      const dRecurrent = s.emit('Concat', parts, { axis: { int: 1 } });
      const next = s.emit('Gemm', [dRecurrent, recurrentWeights, s.emit('Mul', [d, kept!])], {
        transB: { int: 1 },
      });
      return { next, outputs: [dRecurrent, dCandidate] };
    },
  });
  outputs.forEach((output, i) => output && w.emitTo([output], 'Identity', [scanned[i + 1]!]));
}

interface ScanOptions {
  direction: 'forward' | 'reverse';
  /** The state before the first step. */
  initial: string;
  state: Shape;
  /** Of each scanned input: its type and shape at one step, and the name of the whole sequence. */
  inputs: readonly (readonly [DType, Shape, string])[];
  /** The shape of each scanned output at one step. */
  outputs: readonly Shape[];
  body: (
    s: OnnxWriter,
    state: string,
    inputs: readonly string[],
  ) => { next: string; outputs: readonly string[] };
}

/** Writes a Scan over axis 0 with one state. @returns the names of the last state and of each stacked output */
function scan(w: OnnxWriter, options: ScanOptions): string[] {
  const inner = new OnnxWriter(w);
  const state = inner.fresh('state');
  const inputs = options.inputs.map(() => inner.fresh('step'));
  const { next, outputs } = options.body(inner, state, inputs);
  const inputInfo: ValueInfoMessage[] = options.inputs.map(([dtype, shape], i) =>
    valueInfo(inputs[i]!, dtype, shape),
  );
  const outputInfo = options.outputs.map((shape, i) => valueInfo(outputs[i]!, 'float32', shape));
  const body = inner.message(
    inner.fresh('body'),
    [valueInfo(state, 'float32', options.state), ...inputInfo],
    [valueInfo(next, 'float32', options.state), ...outputInfo],
  );
  const reversed = options.direction === 'reverse' ? 1 : 0;
  return w.emitMany(
    'Scan',
    [options.initial, ...options.inputs.map(([, , name]) => name)],
    1 + outputs.length,
    {
      body: { graph: body },
      num_scan_inputs: { int: inputs.length },
      scan_input_directions: { ints: inputs.map(() => reversed) },
      scan_output_directions: { ints: outputs.map(() => reversed) },
    },
  );
}

/** 1 at tokens and 0 at padding: a product with it is three times as fast as Where. */
const asFloats = (w: OnnxWriter, mask: string) =>
  w.emit('Cast', [mask], { to: { int: elementTypes.float32 } });

/** Zeros of [batch, hidden], for x of [length, batch, features]. */
function zeroState(w: OnnxWriter, x: string, hidden: number): string {
  const batch = w.emit('Shape', [x], { start: { int: 1 }, end: { int: 2 } });
  const shape = w.emit('Concat', [batch, w.int64([hidden])], { axis: { int: 0 } });
  return w.emit('Expand', [w.scalar(0), shape]);
}
