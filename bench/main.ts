/** `npm run bench -- <name> [options]`: one measurement or comparison, each in a file of its own. */
import { DistilleryError } from '../src/errors.ts';

interface Bench {
  run(args: readonly string[]): Promise<void>;
}

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  training: () => import('./training.ts'),
  'teacher-agreement': () => import('./teacherAgreement.ts'),
  teacher: () => import('./teacher.ts'),
  'tfjs-node': () => import('./tfjsNode.ts'),
  'onnx-check': () => import('./onnxCheck.ts'),
  zoo: () => import('./zoo.ts'),
  'short-reviews': () => import('./shortReviews.ts'),
  dashboard: () => import('./dashboard.ts'),
  serving: () => import('./serving.ts'),
  chaos: () => import('./chaos.ts'),
  scale: () => import('./scale.ts'),
  fuzz: () => import('./fuzz.ts'),
  'main-job': () => import('./mainJob.ts'),
  readme: () => import('./readmeTables.ts'),
};

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(benches, name) ? benches[name] : undefined;
if (load) {
  try {
    await (await load()).run(args);
  } catch (error) {
    console.error(error instanceof DistilleryError ? `${error.code}: ${error.message}` : error);
    process.exitCode = 1;
  }
} else {
  console.error(
    `usage: npm run bench -- <name> [options], where <name> is one of: ${Object.keys(benches).join(', ')}`,
  );
  process.exitCode = 1;
}
