/**
 * Builds @tensorflow/tfjs-node from its own sources and TensorFlow's wheel, both from ordinary registries: its install
 * script fetches libtensorflow from storage.googleapis.com, which not every machine reaches. Linux on x64, with a C++
 * compiler, make, Python and pip. The wheel is the oldest one that has TensorFlow as a library of its own; its C API is
 * the one that the package was written for (2.9.1).
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DistilleryError } from '../../src/errors.ts';
import { exists } from '../../src/files.ts';
import { probeTfjs } from '../../src/nn/runtime/tfjs.ts';

export type NativeBackend = 'tfjs-node' | 'tfjs-node-gpu';

/** For a GPU, TensorFlow's own requirements are CUDA 11 and cuDNN 8 on the machine. */
const wheels: Readonly<Record<NativeBackend, string>> = {
  'tfjs-node': 'tensorflow-cpu==2.12.1',
  'tfjs-node-gpu': 'tensorflow==2.12.1',
};

const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Builds the package in a folder of its own, unless that was done, and links it into our node_modules, where the product
 * looks for it; `npm ci` or removing the link takes it out again. One that is installed already stays.
 * @param python any Python 3 with pip
 * @throws DistilleryError ENGINE_UNAVAILABLE where a step of the build fails
 */
export async function provide(backend: NativeBackend, folder: string, python: string): Promise<void> {
  if (await isAvailable(backend)) return;
  const name = `@tensorflow/${backend}`;
  if (platform() !== 'linux' || arch() !== 'x64')
    throw new DistilleryError(
      'ENGINE_UNAVAILABLE',
      `${backend} is built on Linux x64 alone, this is ${platform()} ${arch()}. Install it: npm install ${name}.`,
    );
  const home = resolve(folder);
  const built = join(home, 'node_modules', name);
  const complete = join(home, 'complete');
  if (!(await exists(complete))) {
    await build(home, built, name, python, wheels[backend]);
    await writeFile(complete, '');
  }
  const link = join(root, 'node_modules', name);
  await rm(link, { recursive: true, force: true });
  await symlink(built, link);
  if (!(await isAvailable(backend)))
    throw new DistilleryError(
      'ENGINE_UNAVAILABLE',
      `${built} has no native part. Remove ${complete} and try again.`,
    );
}

async function isAvailable(backend: NativeBackend): Promise<boolean> {
  return (await probeTfjs()).some(({ name, available }) => name === backend && available);
}

async function build(
  home: string,
  built: string,
  name: string,
  python: string,
  tensorflow: string,
): Promise<void> {
  const { peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    peerDependencies: Record<string, string>;
  };
  await mkdir(home, { recursive: true });
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  await command(
    home,
    'npm',
    'install',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    `${name}@${peerDependencies[name]}`,
  );

  const wheel = join(home, 'wheel');
  // What an interrupted build has left
  for (const part of [wheel, join(built, 'deps')]) await rm(part, { recursive: true, force: true });
  const ofLinux = [
    '--only-binary',
    ':all:',
    '--platform',
    'manylinux2014_x86_64',
    '--python-version',
    '3.11',
  ];
  await command(
    home,
    python,
    '-m',
    'pip',
    'install',
    '--no-deps',
    '--no-compile',
    ...ofLinux,
    '--target',
    wheel,
    tensorflow,
  );
  const library = join(built, 'deps', 'lib');
  await mkdir(library, { recursive: true });
  await rename(join(wheel, 'tensorflow', 'include'), join(built, 'deps', 'include'));
  for (const [part, file] of [
    ['libtensorflow', 'libtensorflow_cc.so.2'],
    ['libtensorflow_framework', 'libtensorflow_framework.so.2'],
  ] as const) {
    await rename(join(wheel, 'tensorflow', file), join(library, file));
    await symlink(file, join(library, `${part}.so`));
  }
  await rm(wheel, { recursive: true });

  await command(built, 'npm', 'run', 'build-addon-from-source');
}

/** Runs one step of the build, whose output goes to ours. */
function command(folder: string, program: string, ...args: string[]): Promise<void> {
  console.log(`${program} ${args.join(' ')}`);
  return new Promise((done, failed) => {
    const fail = (how: string, cause?: unknown) =>
      failed(
        new DistilleryError(
          'ENGINE_UNAVAILABLE',
          `${program} ${args.join(' ')} in ${folder} ${how}.`,
          {},
          { cause },
        ),
      );
    spawn(program, args, { cwd: folder, stdio: 'inherit', env: withNodeHeaders() })
      .once('error', (error) => fail(`could not be started: ${error.message}`, error))
      .once('exit', (code, signal) => (code === 0 ? done() : fail(`ended with ${code ?? signal}`)));
  });
}

/** node-gyp takes the headers that lie beside most Nodes, and otherwise downloads them. */
function withNodeHeaders(): NodeJS.ProcessEnv {
  const besideNode = dirname(dirname(process.execPath));
  return existsSync(join(besideNode, 'include', 'node', 'node_api.h'))
    ? { ...process.env, npm_config_nodedir: besideNode }
    : process.env;
}
