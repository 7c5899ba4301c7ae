/** A real Chromium to look at the dashboard with, and what a page is held to. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

/** Git ignores it. */
const screenshots = fileURLToPath(new URL('../screenshots', import.meta.url));

/** The browser of the operating system: playwright's own is downloaded from elsewhere. */
const executablePath = [
  process.env.DISTILLERY_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && path !== '' && existsSync(path));

export const hasBrowser = executablePath !== undefined;
if (!hasBrowser) {
  console.warn(
    'Tests of the dashboard in a browser are skipped: install Chromium, or name it in DISTILLERY_CHROMIUM.',
  );
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox', '--disable-gpu'] });
}

export type Scheme = 'light' | 'dark';
export const desktop = { width: 1280, height: 900 };
export const phone = { width: 360, height: 780 };

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, policy violations among them, and exceptions that nothing caught. */
  readonly complaints: string[];
}

export async function visit(
  browser: Browser,
  { scheme = 'light', viewport = desktop }: { scheme?: Scheme; viewport?: typeof desktop } = {},
): Promise<Visit> {
  const context = await browser.newContext({ colorScheme: scheme, viewport, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(patienceMs);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  return { page, context, complaints };
}

const patienceMs = 60_000;

/** Asks from here again and again: the pages' policy lets no text be evaluated in them, which playwright's own way needs. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('What was waited for did not come.');
    await delay(50);
  }
}

/** Goes to a page and waits until nothing of it loads any more. */
export async function open(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator('h1').first().waitFor();
  await until(async () => (await page.locator('[aria-busy="true"]').count()) === 0);
}

/** @returns all that axe finds, however small, one line for each element */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  );
}

// As text: the code runs in the browser, whose types are not those of the tests.

/** @returns how much of the page moved while it loaded, as Chromium counts it (cumulative layout shift) */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) sum += value;
    }).observe({ type: 'layout-shift', buffered: true });
    setTimeout(() => resolve(sum), 200);
  })`);
}

/** @returns bytes of all that was loaded from the server for a page until nothing more came, as they came over the wire */
export async function loadedBytes(page: Page): Promise<number> {
  await page.waitForLoadState('networkidle');
  return page.evaluate<number>(`performance
    .getEntries()
    .filter(({ entryType }) => entryType === 'resource' || entryType === 'navigation')
    .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`);
}

/** Whether something is wider than the screen, so that the page itself scrolls sideways. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate<boolean>(
    'document.documentElement.scrollWidth > document.documentElement.clientWidth',
  );
}

export async function screenshot(page: Page, name: string): Promise<void> {
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
}
