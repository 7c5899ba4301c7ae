/**
 * Kernels that TensorFlow.js 4.22's WASM backend lacks (UnsortedSegmentSum), or has in a form too slow to train with; each
 * says why. Also missing there, and done without: Conv2DBackpropFilter (lowering.ts multiplies windows) and threads in Node.
 */
import type { DataType, KernelFunc, Tf, WasmBackend } from '../runtime/tfjs.ts';

/** What a kernel is given and makes: a tensor's place, without the tape. */
interface Info {
  dataId: object;
  shape: number[];
  dtype: DataType;
}
type Kernel<Inputs, Attributes, Result = Info> = (call: {
  inputs: Inputs;
  attrs: Attributes;
  backend: WasmBackend;
}) => Result;

const sizeOf = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

/**
 * The backend's own slice copies the whole tensor before it takes a part, so that taking 128 steps from a sequence
 * copies it 128 times. This one copies only runs that stay together.
 */
const slice: Kernel<{ x: Info }, { begin: number | number[]; size: number | number[] }> = ({
  inputs: { x },
  attrs,
  backend,
}) => {
  const start = x.shape.map(
    (_, axis) => (Array.isArray(attrs.begin) ? attrs.begin[axis] : axis === 0 ? attrs.begin : 0) ?? 0,
  );
  const size = x.shape.map((dim, axis) => {
    const wanted = (Array.isArray(attrs.size) ? attrs.size[axis] : axis === 0 ? attrs.size : -1) ?? -1;
    return wanted < 0 ? dim - start[axis]! : wanted;
  });
  return sliceRuns(backend, x, start, size, size);
};

function sliceRuns(
  backend: WasmBackend,
  x: Info,
  start: readonly number[],
  size: readonly number[],
  shape: number[],
): Info {
  const out = backend.makeOutput(shape, x.dtype);
  const from = backend.typedArrayFromHeap(x);
  const to = backend.typedArrayFromHeap(out);
  // Axes at the end that are taken whole, and the one before them, form one run
  let inner = x.shape.length - 1;
  while (inner > 0 && size[inner] === x.shape[inner]) inner -= 1;
  const stride = sizeOf(x.shape.slice(inner + 1));
  const run = (size[inner] ?? 1) * stride;
  const runs = sizeOf(size.slice(0, Math.max(inner, 0)));
  for (let i = 0; i < runs; i += 1) {
    let rest = i;
    let offset = (start[inner] ?? 0) * stride;
    let step = stride * (x.shape[inner] ?? 1);
    for (let axis = inner - 1; axis >= 0; axis -= 1) {
      offset += ((rest % size[axis]!) + start[axis]!) * step;
      rest = Math.floor(rest / size[axis]!);
      step *= x.shape[axis]!;
    }
    to.set(from.subarray(offset, offset + run), i * run);
  }
  return out;
}

/** As for slice, on which the backend's own unstack stands. */
const unpack: Kernel<{ value: Info }, { axis: number }, Info[]> = ({ inputs: { value }, attrs, backend }) => {
  const axis = attrs.axis < 0 ? attrs.axis + value.shape.length : attrs.axis;
  const shape = value.shape.filter((_, i) => i !== axis);
  const size = value.shape.map((dim, i) => (i === axis ? 1 : dim));
  return Array.from({ length: value.shape[axis]! }, (_, position) =>
    sliceRuns(
      backend,
      value,
      value.shape.map((__, i) => (i === axis ? position : 0)),
      size,
      shape,
    ),
  );
};

/**
 * Missing: the gradient of `gather`, and so of word embeddings. Ids that are not of a row add nothing, as elsewhere.
 * The cpu backend's own walks the whole input once for each row of the result, so this one replaces it there too.
 */
const unsortedSegmentSum: Kernel<{ x: Info; segmentIds: Info }, { numSegments: number }> = (call) => {
  const { inputs, attrs, backend } = call;
  const values = backend.readSync(inputs.x.dataId) as Float32Array;
  const ids = backend.readSync(inputs.segmentIds.dataId) as Int32Array;
  const shape = [attrs.numSegments, ...inputs.x.shape.slice(inputs.segmentIds.shape.length)];
  const width = sizeOf(shape.slice(1));
  const sums = new Float32Array(attrs.numSegments * width);
  for (let i = 0; i < ids.length; i += 1) {
    const row = ids[i]!;
    if (row < 0 || row >= attrs.numSegments) continue;
    for (let j = 0; j < width; j += 1) sums[row * width + j]! += values[i * width + j]!;
  }
  return { dataId: backend.write(sums, shape, inputs.x.dtype), shape, dtype: inputs.x.dtype };
};

/**
 * The backend hands plain products to XNNPACK but multiplies transposed matrices, which all gradients need, in a naive
 * loop ten times slower; transposing first costs next to nothing.
 */
function batchMatMul(
  multiply: KernelFunc,
  transpose: KernelFunc,
): Kernel<{ a: Info; b: Info }, { transposeA: boolean; transposeB: boolean }> {
  return ({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend }) => {
    const swapLast = (x: Info): Info => {
      const rank = x.shape.length;
      const perm = [...Array(rank - 2).keys(), rank - 1, rank - 2];
      return transpose({ inputs: { x }, backend, attrs: { perm } }) as Info;
    };
    const left = transposeA ? swapLast(a) : a;
    const right = transposeB ? swapLast(b) : b;
    const inputs = { a: left, b: right };
    const product = multiply({ inputs, backend, attrs: { transposeA: false, transposeB: false } }) as Info;
    if (transposeA) backend.disposeData(left.dataId);
    if (transposeB) backend.disposeData(right.dataId);
    return product;
  };
}

/** The backend's own copies every tensor that the tape keeps for the gradient; this one shares it, as the cpu backend does. */
const identity: Kernel<{ x: Info }, unknown> = ({ inputs: { x }, backend }) => {
  backend.incRef(x.dataId);
  return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
};

/** Registers the kernels of this file with a freshly loaded TensorFlow.js. */
export function completeKernels(tf: Tf, backend: 'wasm' | 'cpu'): void {
  const replace = (name: string, kernel: unknown) => {
    const earlier = tf.getKernel(name, backend);
    if (earlier) tf.unregisterKernel(name, backend);
    tf.registerKernel({
      ...earlier,
      kernelName: name,
      backendName: backend,
      kernelFunc: kernel as KernelFunc,
    });
  };
  replace('UnsortedSegmentSum', unsortedSegmentSum);
  if (backend === 'cpu') return;
  replace('Identity', identity);
  replace('Slice', slice);
  replace('Unpack', unpack);
  const multiply = tf.getKernel('BatchMatMul', backend).kernelFunc;
  replace('BatchMatMul', batchMatMul(multiply, tf.getKernel('Transpose', backend).kernelFunc));
}
