/** TensorFlow.js as we open it: which backend, why, our own kernels, and graphs that are given wrong inputs. */
import util from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { GraphBuilder } from '../../src/nn/builder.ts';
import { Random } from '../../src/nn/random.ts';
import { describeEngines } from '../../src/nn/runtime/engines.ts';
import type { OpenTfjs, Tensor } from '../../src/nn/runtime/tfjs.ts';
import { openTfjs, probeTfjs, tfjsBackends } from '../../src/nn/runtime/tfjs.ts';
import { createTfjsEngine } from '../../src/nn/tfjs/engine.ts';
import { interpret } from '../../src/nn/tfjs/interpret.ts';
import { hasTfjsNode } from './backends.ts';
import { expectClose } from './close.ts';
import { placesOf } from './run.ts';

let cpu: OpenTfjs;
let wasm: OpenTfjs;
beforeAll(async () => {
  cpu = await openTfjs('tfjs-cpu', { threads: 1 });
  wasm = await openTfjs('tfjs-wasm', { threads: 1 });
});

async function on<T>({ tf, backend }: OpenTfjs, act: () => T): Promise<T> {
  await tf.setBackend(backend);
  tf.engine().startScope('test');
  try {
    return act();
  } finally {
    tf.engine().endScope();
  }
}

describe('choosing a backend', () => {
  it('says of each whether it is installed, and how to install it', async () => {
    const found = await probeTfjs();
    expect(found.map(({ name }) => name)).toEqual([...tfjsBackends]);
    const byName = new Map(found.map((entry) => [entry.name, entry]));
    expect(byName.get('tfjs-wasm')).toMatchObject({
      available: true,
      detail: expect.stringMatching(/backend-wasm \d+\.\d+/),
    });
    expect(byName.get('tfjs-cpu')!.available).toBe(true);
    for (const { available, detail, name } of found)
      if (!available) expect(`${name} ${detail}`).toMatch(/npm (install|rebuild) @tensorflow\/tfjs-node/);
  });

  it('takes the best that is installed, and says why', async () => {
    const best = (await probeTfjs()).find(({ available }) => available)!;
    const open = await openTfjs('tfjs', { threads: 2 });
    expect(open.name).toBe(best.name);
    expect(open.tf.getBackend()).toBe(open.backend);
    for (const { name, available } of await probeTfjs())
      if (!available) expect(open.reason).toContain(`${name} is not installed`);
    expect((await createTfjsEngine('tfjs', { threads: 2 })).name).toContain(best.name);
  });

  it('refuses a backend that is not installed and a setting that does not exist', async () => {
    for (const { name, available } of await probeTfjs()) {
      if (available) continue;
      await expect(openTfjs(name, { threads: 1 })).rejects.toMatchObject({
        code: 'ENGINE_UNAVAILABLE',
        message: expect.stringContaining(`npm install @tensorflow/${name}`),
      });
    }
    await expect(createTfjsEngine('tfjs-webgl', { threads: 1 })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: expect.stringContaining('tfjs-wasm'),
    });
  });

  it('leaves what the process does on errors as it was', () => {
    const ofWasm = (event: string) =>
      process.listeners(event as 'exit').filter((listener) => /throw/.test(String(listener)));
    expect(ofWasm('uncaughtException')).toEqual([]);
    expect(ofWasm('unhandledRejection')).toEqual([]);
  });
});

describe('our WASM kernels', () => {
  const random = new Random(3);
  const shape = [3, 4, 2, 5];
  const data = Float32Array.from({ length: 120 }, () => random.normal());
  const both = async (act: (open: OpenTfjs) => Tensor | Tensor[]) => {
    const numbers = (open: OpenTfjs) =>
      on(open, () => [act(open)].flat().flatMap((tensor) => Array.from(tensor.dataSync())));
    return [await numbers(wasm), await numbers(cpu)] as const;
  };

  it('slice', async () => {
    const cuts: [number[], number[]][] = [
      [
        [0, 0, 0, 0],
        [3, 4, 2, 5],
      ],
      [
        [1, 0, 0, 0],
        [2, 4, 2, 5],
      ],
      [
        [0, 1, 0, 0],
        [3, 2, 2, 5],
      ],
      [
        [0, 0, 1, 0],
        [3, 4, 1, 5],
      ],
      [
        [0, 0, 0, 2],
        [3, 4, 2, 3],
      ],
      [
        [1, 2, 1, 1],
        [1, 2, 1, 3],
      ],
      [
        [2, 3, 0, 4],
        [1, 1, 2, 1],
      ],
      [
        [1, 1, 0, 0],
        [0, 3, 2, 5],
      ],
    ];
    for (const [begin, size] of cuts) {
      const [actual, expected] = await both(({ tf }) => tf.slice(tf.tensor(data, shape), begin, size));
      expect(actual).toEqual(expected);
      const places = placesOf(size).map((at) =>
        at.reduce((offset, i, axis) => offset * shape[axis]! + i + begin[axis]!, 0),
      );
      expect(actual).toEqual(places.map((place) => data[place]));
    }
  });

  it('unstack', async () => {
    for (const axis of [0, 1, 3, -2]) {
      const [actual, expected] = await both(({ tf }) => tf.unstack(tf.tensor(data, shape), axis));
      expect(actual).toEqual(expected);
    }
  });

  it('products of transposed matrices', async () => {
    for (const [a, b, left, right] of [
      [[4, 30], [4, 2], true, false],
      [[30, 4], [2, 4], false, true],
      [[2, 15, 4], [2, 3, 15], true, true],
    ] as const) {
      const fill = (dims: readonly number[]) =>
        Float32Array.from({ length: dims.reduce((x, y) => x * y, 1) }, (_, i) => data[i % 120]!);
      const [actual, expected] = await both(({ tf }) =>
        tf.matMul(tf.tensor(fill(a), [...a]), tf.tensor(fill(b), [...b]), left, right),
      );
      expectClose('product', actual, expected);
    }
  });

  it('sums rows by id, and leaves out ids of no row', async () => {
    const [actual, expected] = await both(({ tf }) =>
      tf.unsortedSegmentSum(
        tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]),
        tf.tensor1d([1, -1, 1, 3], 'int32'),
        3,
      ),
    );
    expect(actual).toEqual([0, 0, 6, 8, 0, 0]);
    expect(expected).toEqual(actual);
  });

  it('shares a copy without freeing it twice', async () => {
    const copy = await on(wasm, () => {
      const original = wasm.tf.tensor1d([1, 2, 3]);
      const clone = wasm.tf.clone(original);
      original.dispose();
      return Array.from(clone.dataSync());
    });
    expect(copy).toEqual([1, 2, 3]);
  });
});

(hasTfjsNode ? describe : describe.skip)('tfjs-node', () => {
  it('is TensorFlow’s own library, with kernels of its own', async () => {
    const open = await openTfjs('tfjs-node', { threads: 1 });
    expect(open).toMatchObject({ name: 'tfjs-node', backend: 'tensorflow' });
    expect(open.reason).toContain('on the processor');
    expect((await describeEngines('tfjs-node')).chosen).toBe('tfjs-node');
    for (const name of ['UnsortedSegmentSum', 'Slice', 'Unpack', 'BatchMatMul', 'Identity']) {
      const [native, ours] = ['tensorflow', 'wasm'].map((backend) => open.tf.getKernel(name, backend));
      expect(native!.kernelFunc).not.toBe(ours!.kernelFunc);
    }
  });

  it('runs on a Node that lacks functions which it still calls', async () => {
    const functions = util as unknown as Record<string, unknown>;
    const { isNullOrUndefined, isArray } = functions;
    delete functions.isNullOrUndefined;
    delete functions.isArray;
    try {
      const open = await openTfjs('tfjs-node', { threads: 1 });
      const joined = await on(open, () =>
        Array.from(open.tf.concat([open.tf.tensor1d([1, 2]), open.tf.tensor1d([3])]).dataSync()),
      );
      expect(joined).toEqual([1, 2, 3]);
    } finally {
      Object.assign(functions, { isNullOrUndefined, isArray });
    }
  });
});

describe('interpret', () => {
  const b = new GraphBuilder();
  const [x, y] = [b.input('x', 'float32', ['batch', 4]), b.input('y', 'float32', ['batch', 1])];
  b.output('sum', b.add(x, y));
  b.output('same', x);
  const graph = b.build();

  it('learns symbolic sizes from the inputs', async () => {
    const sum = await on(cpu, () =>
      Array.from(
        interpret(cpu.tf, graph, { x: cpu.tf.ones([2, 4]), y: cpu.tf.ones([2, 1]) }, true).sum!.dataSync(),
      ),
    );
    expect(sum).toEqual(Array(8).fill(2));
  });

  it('never frees what it was given, nor an output', async () => {
    const { tf } = cpu;
    await on(cpu, () => {
      const given = { x: tf.ones([2, 4]), y: tf.ones([2, 1]) };
      const { same, sum } = interpret(tf, graph, given, true);
      expect([given.x, given.y, same!, sum!].some((tensor) => tensor.isDisposed)).toBe(false);
    });
  });

  it('refuses a missing input and one of another shape', async () => {
    const { tf } = cpu;
    const given = (bindings: Record<string, Tensor>) => on(cpu, () => interpret(tf, graph, bindings));
    await expect(given({ x: tf.ones([2, 4]) })).rejects.toMatchObject({
      code: 'INVALID_GRAPH',
      message: expect.stringContaining('input y was not given'),
    });
    await expect(given({ x: tf.ones([2, 3]), y: tf.ones([2, 1]) })).rejects.toThrow(
      'The input x has the shape [2, 3], expected [batch, 4]',
    );
    await expect(given({ x: tf.ones([2, 4]), y: tf.ones([3, 1]) })).rejects.toThrow(
      'The input y has the shape [3, 1], expected [batch, 1]',
    );
  });
});
