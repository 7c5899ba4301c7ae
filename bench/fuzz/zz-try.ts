import { Random } from '/work/wt/fuzz/src/nn/random.ts';
import { fileMakers } from '/work/wt/fuzz/bench/fuzz/files.ts';
import { archiveMaker } from '/work/wt/fuzz/bench/fuzz/archives.ts';
import { ParserTarget } from '/work/wt/fuzz/bench/fuzz/parserTarget.ts';
const makers: any = { ...(await fileMakers()), archives: await archiveMaker() };
const names = process.argv[2] ? process.argv[2].split(',') : Object.keys(makers);
const n = Number(process.argv[3] ?? 300);
const seed = Number(process.argv[4] ?? 1);
const target = await ParserTarget.open();
for (const name of names) {
  const tally: any = {};
  const t = performance.now();
  const seen = new Map<string, number>();
  for (let i = 0; i < n; i++) {
    const parts = makers[name](new Random(seed, i, name.length));
    let o;
    try {
      o = await target.send(name as any, parts);
    } catch (e: any) {
      o = 'FAULT';
      const k = e.message.slice(0, 900);
      const kk = k.split('\n').slice(0, 3).join('|').slice(0, 200);
      if (!seen.has(kk)) console.log(name, i, k, '\n');
      seen.set(kk, (seen.get(kk) ?? 0) + 1);
    }
    tally[o] = (tally[o] ?? 0) + 1;
  }
  console.log(name, tally, Math.round(performance.now() - t), 'ms', target.mostMb, 'MB');
}
await target.close();
