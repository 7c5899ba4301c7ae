/** `distillery survey`: carries a survey out through the public API, shows how far it is, and writes its report. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApp } from '../app.ts';
import { ClientError, DistilleryClient } from '../client.ts';
import { DistilleryError } from '../errors.ts';
import { startServer } from '../server.ts';
import { asDistilleryError } from './clientErrors.ts';
import { readSettings, type SettingOptions } from './settings.ts';
import { addedTo, type SurveyInput } from './surveyInput.ts';
import { surveyView } from './surveyView.ts';

interface SurveyOptions extends SettingOptions {
  report?: string;
}

interface SurveyAnswer {
  id: string;
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  error: { code: DistilleryError['code']; message: string } | null;
  specification: SurveyInput;
  files: string[];
  report: { grids: { question: string; answer: string }[] } | null;
}

/**
 * Starts a server of its own on a free port and is its client. Ctrl-C lets runs save checkpoints and ends it; the
 * survey goes on when the same command is given again.
 * @throws DistilleryError BAD_USER_INPUT for the file, CANCELLED after Ctrl-C, and what ended the survey otherwise
 */
export async function survey(file: string, options: SurveyOptions): Promise<void> {
  const input = await readInput(file);
  const settings = readSettings(options);
  const quiet = process.env.DISTILLERY_LOG_LEVEL === undefined ? { logLevel: 'error' as const } : {};
  const app = await startApp({ ...settings, ...quiet, host: '127.0.0.1', port: 0 });
  try {
    const server = await startServer(app);
    const client = new DistilleryClient({ url: server.url, apiKey: settings.apiKey });
    try {
      const id = await begin(client, input);
      await follow(client, id);
      await tell(client, id, options.report);
    } finally {
      await server.stop();
    }
  } catch (error) {
    throw asDistilleryError(error);
  } finally {
    await app.stop();
  }
}

async function readInput(file: string): Promise<SurveyInput> {
  try {
    const content = JSON.parse(await readFile(file, 'utf8')) as { input?: SurveyInput } & SurveyInput;
    return content.input ?? content;
  } catch (cause) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `${file} can't be read as JSON. Expected the input of startSurvey, as docs/survey/survey.json has it.`,
      { file },
      { cause },
    );
  }
}

/** Starts it, or goes on with the one of that name. @returns its id */
async function begin(client: DistilleryClient, input: SurveyInput): Promise<string> {
  try {
    return (await client.call<{ id: string }>('startSurvey', { input })).id;
  } catch (error) {
    if (!(error instanceof ClientError && error.code === 'CONFLICT')) throw error;
  }
  const { id, state, specification } = await read(client, input.name);
  const added = addedTo(specification, input);
  if (state === 'RUNNING') {
    if (added) say('What the file has more than the survey is added when this command is given once more.');
  } else if (added) {
    await client.call('extendSurvey', { id, input: added });
  } else if (state !== 'SUCCEEDED') {
    await client.call('resumeSurvey', { id });
  }
  return id;
}

async function follow(client: DistilleryClient, id: string): Promise<void> {
  const view = surveyView(process.stdout);
  const interruption = new AbortController();
  const interrupt = () => interruption.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const interrupted = new Promise<'interrupted'>((resolve) => {
    interruption.signal.addEventListener('abort', () => resolve('interrupted'));
  });
  const messages = client.surveyProgress(id);
  try {
    for (;;) {
      const next = await Promise.race([messages.next(), interrupted]);
      if (next === 'interrupted') {
        throw new DistilleryError(
          'CANCELLED',
          'Interrupted. Its runs have saved checkpoints: the same command goes on from them.',
        );
      }
      if (next.done) return;
      view.show(next.value);
    }
  } finally {
    view.close();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** The answers on the screen, and the whole report in its folder. */
async function tell(client: DistilleryClient, id: string, folder: string | undefined): Promise<void> {
  const { state, error, files, report } = await read(client, id);
  if (state !== 'SUCCEEDED' || !report) {
    throw new DistilleryError(error?.code ?? 'INTERNAL', error?.message ?? `The survey is ${state}.`);
  }
  for (const { question, answer } of report.grids) say(`\n${question}\n${answer}`);
  if (folder === undefined) return;
  await mkdir(folder, { recursive: true });
  for (const file of files.filter((name) => name !== answersFile)) {
    const path = join(folder, file);
    await writeFile(`${path}.new`, await client.surveyFile(id, file));
    await rename(`${path}.new`, path);
  }
  say(`\nThe report is in ${folder}.`);
}

/** Every answer of every model: megabytes that belong to the data directory. */
const answersFile = 'answers.csv';

const read = (client: DistilleryClient, id: string) => client.call<SurveyAnswer>('survey', { id });

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
