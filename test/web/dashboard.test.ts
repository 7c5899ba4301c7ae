/** Every page of the dashboard in a real browser, with what was started from its forms: real trainings on `sample`. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';
import {
  accessibilityFaults,
  hasBrowser,
  launchBrowser,
  layoutShift,
  loadedBytes,
  open,
  phone,
  screenshot,
  scrollsSideways,
  visit,
} from '../../bench/browser.ts';

const inBrowser = hasBrowser ? describe : describe.skip;

let server: TestServer;
let browser: Browser;
let origin: string;
/** Of a teacher that was trained, and of a benchmark and a survey that were started from their forms. */
const made = { teacher: '', benchmark: '', survey: '' };

/** Small enough for seconds, and still a real training. */
const tinyTeacher = {
  name: 'tiny-teacher',
  dataset: 'sample',
  encoder: { layers: 1, hiddenSize: 32, heads: 2, intermediateSize: 64 },
  epochs: 1,
  learningRate: 1e-3,
  maxTokens: 32,
  trainReviews: 400,
};

async function toItsEnd(id: string): Promise<string> {
  for await (const { state } of server.client.progress(id)) {
    if (state === 'FAILED') throw new Error(`The run ${id} failed`);
  }
  return id;
}

beforeAll(async () => {
  if (!hasBrowser) return;
  // With the released models, as after a fresh clone.
  server = await startTestServer({
    environment: { DISTILLERY_RELEASED_MODELS: 'models', DISTILLERY_TRAINING_THREADS: '2' },
  });
  ({ origin } = new URL(server.url));
  browser = await launchBrowser();
  const { id } = await server.client.call<{ id: string }>('startTeacherTraining', { input: tinyTeacher });
  made.teacher = await toItsEnd(id);
}, 600_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

/** Replaces the values of a field of several. */
async function setTags(page: Page, label: string, values: readonly string[]): Promise<void> {
  const field = page
    .getByRole('textbox', { name: label, exact: true })
    .or(page.getByRole('combobox', { name: label, exact: true }));
  await field.focus();
  for (let before = 0; before < 4; before++) await page.keyboard.press('Backspace');
  for (const value of values) {
    await page.keyboard.type(value);
    await page.keyboard.press('Enter');
  }
}

// These come first: the pages further down show what came of them.
inBrowser('a form', () => {
  it('starts a benchmark, with several models and numbers of clients', async () => {
    const { page, context, complaints } = await visit(browser);
    await open(page, `${origin}/benchmarks?models=tiny-teacher,imdb-gru-16`);
    const form = page.getByRole('form', { name: 'Start a benchmark' });
    await form.getByRole('checkbox', { name: 'Concurrency' }).check();
    await setTags(page, 'Clients', ['1', '4']);
    await form.getByRole('textbox', { name: 'Reviews', exact: true }).fill('200');
    await form.getByRole('button', { name: 'More settings' }).click();
    await form.getByRole('textbox', { name: 'Queries' }).fill('300');
    await form.getByRole('textbox', { name: 'Tail margin' }).fill('1');
    await form.getByRole('button', { name: 'Start the benchmark' }).click();
    await page.waitForURL(/\/runs\//);
    made.benchmark = await toItsEnd(page.url().split('/').at(-1)!);
    const run = await server.client.call<{ configuration: object }>('run', { id: made.benchmark });
    expect(run.configuration).toMatchObject({
      models: ['tiny-teacher', 'imdb-gru-16'],
      dataset: 'sample',
      reviews: 200,
      queries: 300,
      concurrencies: [1, 4],
    });
    expect(complaints).toEqual([]);
    await context.close();
  }, 120_000);

  it('starts a survey, whose page has its report as soon as there is one', async () => {
    const { page, context, complaints } = await visit(browser);
    await open(page, `${origin}/surveys`);
    const form = page.getByRole('form', { name: 'Start a survey' });
    await form.getByRole('textbox', { name: 'Name' }).fill('Not This');
    await form.getByRole('button', { name: 'Start the survey' }).click();
    await form.getByText('the first a letter or a digit').waitFor();
    await form.getByRole('textbox', { name: 'Name' }).fill('small');
    await setTags(page, 'Sizes of network 1', ['4']);
    await setTags(page, 'Seeds', ['1', '2']);
    await form.getByRole('textbox', { name: 'Epochs' }).fill('1');
    await form.getByText('Plans 4 runs').waitFor();
    await form.getByRole('button', { name: 'Start the survey' }).click();
    await page.waitForURL(/\/surveys\/./);
    made.survey = page.url().split('/').at(-1)!;
    await page.getByText('4 of 4 runs').waitFor();
    await page.getByRole('img', { name: /^Mean accuracy/ }).waitFor();
    await page.getByRole('button', { name: 'Comparisons (1)' }).click();
    await page.getByRole('table', { name: /^Comparisons/ }).waitFor();
    await screenshot(page, 'survey-comparisons');
    expect(complaints).toEqual([]);
    await context.close();
  }, 120_000);

  it('says why the server did not start a survey that was written as JSON', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/surveys`);
    await page.getByRole('tab', { name: 'JSON' }).click();
    const form = page.getByRole('form', { name: 'Start a survey from JSON' });
    await form.getByRole('textbox', { name: 'Survey as JSON' }).fill('{ "name": ');
    await form.getByRole('button', { name: 'Start the survey' }).click();
    await form.getByText(/JSON/).last().waitFor();
    await form.getByRole('textbox', { name: 'Survey as JSON' }).fill('{ "name": "other", "title": "?" }');
    await form.getByRole('button', { name: 'Start the survey' }).click();
    await form
      .getByRole('alert')
      .filter({ hasText: /dataset|grids|teacher/ })
      .waitFor();
    await screenshot(page, 'surveys-refused');
    await context.close();
  });
});

inBrowser('every page', () => {
  const pages = (): Record<string, string> => ({
    home: '/',
    train: '/train',
    run: `/runs/${made.teacher}`,
    playground: '/playground',
    models: '/models',
    model: '/models/imdb-gru-32%401',
    differences: '/differences?models=imdb-gru-16,tiny-teacher&dataset=sample',
    benchmarks: '/benchmarks',
    benchmark: `/benchmarks/${made.benchmark}`,
    surveys: '/surveys',
    survey: `/surveys/${made.survey}`,
    data: '/data?dataset=sample',
  });

  it.each(['light', 'dark'] as const)(
    'complains of nothing, does not jump, and has no fault for a screen reader, in %s',
    async (scheme) => {
      const faults: Record<string, unknown> = {};
      for (const [name, path] of Object.entries(pages())) {
        const { page, context, complaints } = await visit(browser, { scheme });
        await open(page, origin + path);
        // First of all: a picture of the whole page makes the window as high as that, and then things move.
        const shift = await layoutShift(page);
        await screenshot(page, `${name}-${scheme}`);
        const found = [
          ...complaints,
          ...(await accessibilityFaults(page)),
          ...(shift > 0.1 ? ['the page jumps while it loads'] : []),
        ];
        if (found.length > 0) faults[name] = found;
        await context.close();
      }
      expect(faults).toEqual({});
    },
    300_000,
  );

  it('fits a phone', async () => {
    const { page, context } = await visit(browser, { viewport: phone });
    const tooWide: string[] = [];
    for (const [name, path] of Object.entries(pages())) {
      await open(page, origin + path);
      await screenshot(page, `${name}-phone`);
      if (await scrollsSideways(page)) tooWide.push(name);
    }
    expect(tooWide).toEqual([]);
    await context.close();
  }, 300_000);

  it('is there with its chart after less than 300 kB, all of it from this server', async () => {
    const { page, context } = await visit(browser);
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url());
    });
    await page.goto(`${origin}/`);
    await page.getByRole('table', { name: 'Models on the Pareto front' }).waitFor();
    await page.locator('canvas').waitFor();
    expect(await loadedBytes(page)).toBeLessThan(300_000);
    expect(foreign).toEqual([]);
    await context.close();
  });
});

inBrowser('a benchmark', () => {
  it('is exported as JSON and as CSV', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/benchmarks/${made.benchmark}`);
    for (const format of ['JSON', 'CSV']) {
      await page.getByRole('button', { name: 'Export' }).click();
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page
          .getByRole('menuitem', { name: new RegExp(format) })
          .first()
          .click(),
      ]);
      expect(file.suggestedFilename().toLowerCase()).toContain(format.toLowerCase());
    }
    await context.close();
  });
});
