/**
 * `npm run bench -- dashboard`: how the dashboard loads, in a real browser on a server with the released models, each time
 * with an empty cache; and the picture of it in the README.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DistilleryError } from '../src/errors.ts';
import { desktop, hasBrowser, launchBrowser, layoutShift, loadedBytes, visit } from './browser.ts';
import { writeResult } from './results.ts';
import { startServerProcess } from './serverProcess.ts';
import { median } from './serving/turns.ts';

/** Milliseconds from the start of the navigation, or of the click. */
interface Load {
  readonly navigable: number;
  readonly drawn: number;
  readonly clicked: number;
  readonly shift: number;
  /** Of the whole home page with its chart. */
  readonly bytes: number;
  readonly complaints: readonly string[];
}

const loads = 10;
const picture = fileURLToPath(new URL('../docs/dashboard.png', import.meta.url));

export async function run(): Promise<void> {
  if (!hasBrowser) throw new DistilleryError('UNAVAILABLE', 'No Chromium was found to measure with.');
  const dataDirectory = await mkdtemp(join(tmpdir(), 'distillery-dashboard-'));
  const server = await startServerProcess(dataDirectory, { DISTILLERY_LOG_LEVEL: 'error' });
  const browser = await launchBrowser();
  try {
    const { origin } = new URL(server.url);
    const measured: Load[] = [];
    for (let load = 0; load < loads; load++) {
      const { page, context, complaints } = await visit(browser);
      await page.goto(`${origin}/`);
      await page.getByRole('link', { name: 'Playground' }).first().waitFor();
      const navigable = await page.evaluate<number>('performance.now()');
      await page.locator('canvas').first().waitFor();
      const drawn = await page.evaluate<number>('performance.now()');
      const bytes = await loadedBytes(page);
      // The answer to a click, once all is there.
      const clicked = await page.evaluate<number>(`new Promise((resolve) => {
        const start = performance.now();
        document.querySelector('a[href="/models"]').click();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
      })`);
      const shift = await layoutShift(page);
      measured.push({ navigable, drawn, clicked, shift, bytes, complaints });
      await context.close();
    }
    const { page } = await visit(browser, { viewport: desktop });
    await page.goto(`${origin}/`);
    await page.locator('canvas').first().waitFor();
    await page.screenshot({ path: picture });

    const of = (key: 'navigable' | 'drawn' | 'clicked' | 'shift' | 'bytes') =>
      median(measured.map((each) => each[key]));
    await writeResult('dashboard', 'dashboard', {
      loads,
      navigableMs: of('navigable'),
      chartDrawnMs: of('drawn'),
      clickAnsweredMs: of('clicked'),
      layoutShift: Math.max(...measured.map(({ shift }) => shift)),
      bytes: of('bytes'),
      complaints: measured.flatMap(({ complaints }) => complaints),
    });
  } finally {
    await browser.close();
    await server.stop();
    await rm(dataDirectory, { recursive: true, force: true });
  }
}
