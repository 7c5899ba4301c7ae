/** Writes what a bench found to bench/results/, with the machine, command, date and versions it depends on. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { describeMachine } from '../src/evaluation/machine.ts';

const manifest = z.object({ dependencies: z.record(z.string(), z.string()) });

/** @param command the options after `npm run bench -- `, without paths of this machine */
export async function writeResult(name: string, command: string, result: object): Promise<void> {
  const text = JSON.stringify(
    {
      machine: describeMachine(),
      command: `npm run bench -- ${command}`,
      date: new Date().toISOString(),
      ...result,
    },
    null,
    2,
  );
  const folder = new URL('results/', import.meta.url);
  await mkdir(folder, { recursive: true });
  const path = fileURLToPath(new URL(`${name}.json`, folder));
  await writeFile(`${path}.tmp`, `${text}\n`);
  await rename(`${path}.tmp`, path);
  console.log(`Written: bench/results/${name}.json`);
}

/** Versions of Node and of the named packages, as package.json pins them. */
export async function packageVersions(...names: string[]): Promise<Record<string, string>> {
  const { dependencies } = manifest.parse(
    JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')),
  );
  const versions: Record<string, string> = { node: process.versions.node };
  for (const name of names) versions[name] = dependencies[name] ?? 'unknown';
  return versions;
}
