/** The dashboard: its files, which `npm run build:web` has built ahead, and the policy under which a browser runs them. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RequestHandler } from 'express';
import staticFiles from 'express-static-gzip';

// This file is src/dashboard.ts, or dist/dashboard.js in the build.
const folder = fileURLToPath(
  new URL(extname(import.meta.url) === '.ts' ? '../dist/web' : './web', import.meta.url),
);

type Page = 'index.html' | 'explorer.html';

export interface Dashboard {
  /** Answers with a file, or with the page that shows what the address names; else calls `next`. */
  readonly serve: RequestHandler;
  /** Answers with the GraphQL explorer. */
  explorer(response: ServerResponse): void;
}

/** Where nothing was built, the API goes on without it, and a browser is told. */
export function openDashboard(): Dashboard {
  const files = staticFiles(folder, {
    enableBrotli: true,
    orderPreference: ['br', 'gz'],
    index: false,
    serveStatic: {
      setHeaders: (response, path) => {
        // Names of built files hold a hash of their content.
        const lasts = dirname(path) === join(folder, 'assets');
        response.setHeader('Cache-Control', lasts ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    },
  });
  return {
    serve: (request, response, next) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      if (extname(request.path) !== '') return files(request, response, next);
      if (wantsPage(request)) return void send(response, 'index.html');
      next();
    },
    explorer: (response) => void send(response, 'explorer.html'),
  };
}

/** Read each time: another build takes effect at once, and its pages name other files. */
async function send(response: ServerResponse, page: Page): Promise<void> {
  const html = await readFile(join(folder, page), 'utf8').catch(() => null);
  response.setHeader('Content-Type', `text/${html === null ? 'plain' : 'html'}; charset=utf-8`);
  if (html === null) {
    response.statusCode = 503;
    response.end('The dashboard has not been built. Run `npm run build:web`.\n');
    return;
  }
  const nonce = randomBytes(16).toString('base64');
  response.setHeader('Content-Security-Policy', policyOf(page, nonce));
  response.end(html.replaceAll('__NONCE__', nonce));
}

/** Whether a person's browser asks, which follows a link, and not a client of the API. */
export function wantsPage({ method, headers, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html') && !/[?&]query=/.test(url);
}

function policyOf(page: Page, nonce: string): string {
  // The explorer's editor writes styles and starts workers by itself; scripts come from here alone on both pages.
  const rest =
    page === 'explorer.html'
      ? "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; font-src 'self' data:"
      : `style-src 'self' 'nonce-${nonce}'; font-src 'self'`;
  return `default-src 'none'; script-src 'self'; ${rest}; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
