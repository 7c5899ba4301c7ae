/** What a user does in the dashboard, in a real browser against a real server with the released models. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { startTestServer, type TestServer } from '../graphql/testServer.ts';
import { hasBrowser, launchBrowser, open, phone, screenshot, until, visit } from '../../bench/browser.ts';

const inBrowser = hasBrowser ? describe : describe.skip;

let server: TestServer;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  if (!hasBrowser) return;
  server = await startTestServer({
    environment: { DISTILLERY_RELEASED_MODELS: 'models', DISTILLERY_TRAINING_THREADS: '2' },
  });
  ({ origin } = new URL(server.url));
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

inBrowser('the chart of all models', () => {
  const step = 8;

  it('has points that open a model, for as long as they are not hidden', async () => {
    const { page, context, complaints } = await visit(browser);
    await open(page, `${origin}/`);
    const { x, y, width, height } = (await page.locator('canvas').boundingBox())!;
    const pointsAt = async (left: number, top: number) => {
      await page.mouse.move(left, top);
      return page.evaluate<boolean>(
        `new Promise((resolve) => requestAnimationFrame(() => resolve(document.querySelector('canvas').style.cursor === 'pointer')))`,
      );
    };
    // From the left, where the fastest models are, upward.
    let [left, top] = [x + 130, y + height];
    while (!(await pointsAt(left, top)) && left < x + width) {
      top -= step;
      if (top < y) [left, top] = [left + step, y + height];
    }
    expect(left).toBeLessThan(x + width);

    const kinds = await page.getByRole('list', { name: 'Legend' }).getByRole('button').all();
    for (const kind of kinds) await kind.click();
    expect(await pointsAt(left, top)).toBe(false);
    for (const kind of kinds) await kind.click();
    await page.mouse.click(left, top);
    await page.waitForURL(/\/models\/imdb-/);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

inBrowser('training', () => {
  async function fill(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
    for (const [label, value] of Object.entries(fields)) {
      await page.getByRole('textbox', { name: label, exact: true }).fill(value);
    }
  }

  it('starts from the form, is followed live over a reload, and ends in a model', async () => {
    const { page, context, complaints } = await visit(browser);
    await open(page, `${origin}/train?start=student`);
    await page.getByRole('combobox', { name: 'Dataset' }).click();
    await page.getByRole('option', { name: /^sample/ }).click();
    await page.getByRole('button', { name: 'More settings' }).click();
    await fill(page, {
      'Hidden size': '8',
      Name: 'from-browser',
      Epochs: '2',
      'Train reviews': '600',
      Vocabulary: '500',
    });
    await page.getByRole('button', { name: 'Train the student' }).click();
    await page.waitForURL(/\/runs\//);
    await page.getByRole('progressbar').first().waitFor();
    await page.reload();
    await page.getByText('The run succeeded').waitFor();
    // Every epoch has its row, also those that ended before the page was there.
    const epochs = page
      .getByRole('table', { name: /Epochs/ })
      .first()
      .getByRole('row');
    expect(await epochs.count()).toBe(1 + 2);
    await screenshot(page, 'run-succeeded');
    await page
      .getByRole('link', { name: /from-browser@1/ })
      .first()
      .click();
    await page.getByRole('heading', { level: 1, name: /from-browser@1/ }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  }, 180_000);

  it('is refused in the server’s words where a setting is wrong', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/train?start=student`);
    await fill(page, { Name: 'no/slashes here' });
    await page.getByRole('button', { name: 'Train the student' }).click();
    await page
      .getByText(/name/i)
      .filter({ hasText: /letters|expected/i })
      .first()
      .waitFor();
    expect(page.url()).toContain('/train');
    await context.close();
  });

  it('is cancelled, and goes on when it is resumed', async () => {
    const { id } = await server.client.call<{ id: string }>('startStudentTraining', {
      input: { name: 'to-cancel', dataset: 'sample', architecture: 'gru-8', epochs: 40, vocabularySize: 500 },
    });
    const { page, context } = await visit(browser);
    await open(page, `${origin}/runs/${id}`);
    await page.getByRole('button', { name: 'Cancel', exact: true }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('The run was cancelled').first().waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
    const { state } = await server.client.call<{ state: string }>('run', { id });
    expect(['QUEUED', 'RUNNING']).toContain(state);
    await server.client.call('cancelRun', { runId: id });
    await page.getByText('The run was cancelled').first().waitFor();
    await context.close();
  }, 180_000);
});

inBrowser('the playground', () => {
  it('answers with the teacher and the students as one types, and says which words moved them', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/playground?models=imdb-teacher-int8,imdb-gru-32`);
    const review = page.getByRole('textbox', { name: 'Review' });
    await review.fill('A wonderful, moving film. I loved every minute of it.');
    const bar = page.getByRole('progressbar', { name: /Probability of positive, imdb-gru-32/ });
    await bar.waitFor();
    const share = async () =>
      Number(await bar.getAttribute('aria-valuenow')) / Number(await bar.getAttribute('aria-valuemax'));
    await until(async () => (await share()) > 0.9);
    await page.getByRole('progressbar', { name: /Probability of positive, imdb-teacher-int8/ }).waitFor();

    await page.getByRole('button', { name: 'Show the words' }).click();
    const words = page.getByRole('region', { name: 'Which words moved the decision' });
    await until(async () => /wonderful[\s\S]*toward positive/.test(await words.innerText()));

    await review.fill('A terrible, boring film. I hated every minute of it.');
    // From then on, nothing is told about a text that is there no more.
    expect(await words.innerText()).not.toContain('wonderful');
    await until(async () => (await share()) < 0.1);
    const strongest = page.getByRole('table', { name: 'Words that moved the decision most' });
    await strongest.waitFor();
    await until(async () => /terrible|boring|hated/i.test(await strongest.innerText()));
    await screenshot(page, 'playground-words');
    await context.close();
  });
});

inBrowser('data', () => {
  it('is checked before it is imported: faults by line, then a preview, then a dataset', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/data`);
    const choose = (name: string, text: string) =>
      page
        .locator('input[type=file]')
        .setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
    await choose('faulty.csv', 'text,label\nfine,positive\nbad,perhaps\n,negative\n');
    const faults = page.getByRole('table', { name: 'Faults by line' });
    await faults.waitFor();
    expect(await faults.innerText()).toMatch(/3[\s\S]*4/);
    expect(await page.getByRole('button', { name: 'Import', exact: true }).isDisabled()).toBe(true);

    const rows = Array.from(
      { length: 60 },
      (_, row) => `review number ${row} of mine,${row % 2 ? 'positive' : 'negative'}`,
    );
    await choose('mine.csv', `text,label\n${rows.join('\n')}\n`);
    await page.getByRole('table', { name: 'The first rows' }).waitFor();
    await page.getByRole('textbox', { name: 'Dataset name' }).fill('browser-reviews');
    await screenshot(page, 'data-preview');
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByRole('table', { name: 'Datasets' }).getByText('browser-reviews').waitFor();
    await context.close();
  });
});

inBrowser('models', () => {
  it('are compared on the reviews where they differ', async () => {
    const { page, context } = await visit(browser);
    await open(page, `${origin}/models`);
    await page.getByRole('checkbox', { name: 'Compare imdb-gru-16@1' }).check();
    await page.getByRole('checkbox', { name: 'Compare imdb-gru-32@1' }).check();
    await page.getByRole('button', { name: 'Compare answers' }).click();
    await page.waitForURL(/\/differences\?/);
    await context.close();
  });

  it('are what an alias means from now on', async () => {
    await server.client.call('setAlias', { alias: 'production', model: 'imdb-gru-16' });
    const { page, context } = await visit(browser);
    await open(page, `${origin}/models`);
    const form = page.getByRole('form', { name: 'Set an alias' });
    await form.getByRole('combobox', { name: 'Alias' }).fill('production');
    await form.getByRole('combobox', { name: 'Model' }).fill('imdb-gru-32@1');
    await form.getByRole('button', { name: 'Set the alias' }).click();
    await page
      .getByText(/production/)
      .first()
      .waitFor();
    await page.waitForTimeout(500);
    const aliases = await server.client.call<{ name: string; model: { reference: string } }[]>('aliases');
    expect(aliases.find(({ name }) => name === 'production')?.model.reference).toBe('imdb-gru-32@1');
    await context.close();
  });
});

inBrowser('a server with an API key', () => {
  it('is used once the key was given, and says when it is wrong', async () => {
    const key = 'a-key-of-more-than-sixteen-characters';
    const guarded = await startTestServer({
      environment: { DISTILLERY_API_KEY: key, DISTILLERY_RELEASED_MODELS: 'models' },
    });
    const { page, context } = await visit(browser);
    await page.goto(`${new URL(guarded.url).origin}/models`);
    const give = async (text: string) => {
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('API key').first().fill(text);
      await dialog.getByRole('button', { name: 'Use this key' }).click();
    };
    await give('wrong');
    await page.getByText('The server does not take the key that is stored here.').waitFor();
    await give(key);
    await page.getByRole('table', { name: 'Models', exact: true }).waitFor();
    await context.close();
    await guarded.stop();
  });
});

inBrowser('by keyboard and on a phone', () => {
  it('every place is reached', async () => {
    const { page, context } = await visit(browser, { viewport: phone });
    await open(page, `${origin}/`);
    await page.getByRole('button', { name: 'Open the navigation' }).focus();
    await page.keyboard.press('Enter');
    const link = page.getByRole('link', { name: 'Playground', exact: true });
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: 'Playground' }).waitFor();
    await context.close();
  });
});

inBrowser('the GraphQL explorer', () => {
  it('asks this server and no other', async () => {
    const { page, context, complaints } = await visit(browser);
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(origin) && !/^(data|blob):/.test(request.url()))
        foreign.push(request.url());
    });
    await page.goto(`${origin}/graphql`);
    const editor = page.locator('.graphiql-query-editor');
    await until(async () => (await editor.innerText()).includes('classify'));
    await page.waitForLoadState('networkidle');
    await page.getByRole('button', { name: /execute/i }).click();
    const result = page.locator('.result-window');
    await until(async () => /NEGATIVE|POSITIVE/.test(await result.innerText()));
    expect(foreign).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});
