/** Shapes with symbolic sizes: `batch` and `length` are known only when a graph runs. */

/** A number, or a product such as `batch`, `batch*length` or `2*batch`. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = 'float32' | 'int32' | 'bool';

/** The number of elements, in the canonical form in which equal products are equal strings. */
export function sizeOf(shape: Shape): Dim {
  let factor = 1;
  const symbols: string[] = [];
  for (const dim of shape) {
    for (const part of String(dim).split('*')) {
      if (/^\d+$/.test(part)) factor *= Number(part);
      else symbols.push(part);
    }
  }
  if (symbols.length === 0) return factor;
  symbols.sort();
  return factor === 1 ? symbols.join('*') : [factor, ...symbols].join('*');
}

/** NumPy's broadcasting. @returns null where the shapes don't fit each other */
export function broadcast(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const result: Dim[] = [];
  for (let i = 0; i < rank; i += 1) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    result.push(left === 1 ? right : left);
  }
  return result;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Replaces symbols by numbers: `bindShape(['batch', 64], { batch: 8 })` is `[8, 64]`. */
export function bindShape(shape: Shape, sizes: Readonly<Record<string, number>>): number[] {
  return shape.map((dim) =>
    String(dim)
      .split('*')
      .reduce((product, part) => product * (sizes[part] ?? Number(part)), 1),
  );
}
