/** The command line as a process of its own, and what it says. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

export function startCli(args: readonly string[], variables: Record<string, string> = {}) {
  const environment = { ...process.env, DISTILLERY_LOG_LEVEL: 'info', DISTILLERY_API_KEY: '', ...variables };
  const child = spawn(process.execPath, ['--import', tsx, cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment,
  });
  let output = '';
  const exited = once(child, 'exit');
  const waiting: (() => void)[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      output += String(text);
      waiting.forEach((look) => look());
    });
  return {
    child,
    exited,
    output: () => output,
    /** @throws what the process has said, where it ends without this */
    said: (pattern: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(output);
          if (found) resolve(found);
        };
        waiting.push(look);
        look();
        void exited.then(() => reject(new Error(`It ended and had said: ${output}`)));
      }),
  };
}
