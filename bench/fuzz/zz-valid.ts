import { Random } from '../../src/nn/random.ts';
import { fileMakers } from './files.ts';
import { DistilleryError } from '../../src/errors.ts';
import { mkdtemp, mkdir, writeFile, rm } from 'node:fs/promises';
import { join, dirname } from 'node:path';
import { parsers } from './parsers.ts';
const makers: any = await fileMakers();
const name = process.argv[2] as 'onnx';
const seen = new Map<string, number>();
for (let i = 0; i < 300; i++) {
  const f = await mkdtemp('/tmp/fuzzv-');
  await mkdir(join(f, 'w'));
  for (const [n, b] of Object.entries(makers[name](new Random(3, i)))) {
    await mkdir(dirname(join(f, 'g', n)), { recursive: true });
    await writeFile(join(f, 'g', n), b as Buffer);
  }
  let m = 'valid';
  try {
    await parsers[name](join(f, 'g'), join(f, 'w'));
  } catch (e: any) {
    m =
      (e instanceof DistilleryError ? e.code : 'BAD!') +
      ' ' +
      e.message.replace(/\/tmp\S+/g, '').slice(0, 110);
  }
  seen.set(m, (seen.get(m) ?? 0) + 1);
  await rm(f, { recursive: true });
}
console.log([...seen].sort((a, b) => b[1] - a[1]).slice(0, 14));
