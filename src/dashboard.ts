/** The dashboard: its files, which `npm run build:web` has built ahead, and the policy under which a browser runs them. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';

// This file is src/dashboard.ts, or dist/dashboard.js in the build.
const folder = fileURLToPath(
  new URL(extname(import.meta.url) === '.ts' ? '../dist/web' : './web', import.meta.url),
);

type Page = 'index.html' | 'explorer.html';

export interface Dashboard {
  /** Answers with a file, or with the page that shows what the address names; else calls `next`. */
  serve(request: IncomingMessage, response: ServerResponse, next: () => void): void;
  /** Answers with the GraphQL explorer. */
  explorer(response: ServerResponse): void;
}

/** Reads the pages once. Where they were not built, the API goes on without them, and a browser is told. */
export function openDashboard(): Dashboard {
  const pages = { 'index.html': readPage('index.html'), 'explorer.html': readPage('explorer.html') };
  const built = pages['index.html'] !== null;
  const files = built
    ? sirv(folder, {
        brotli: true,
        gzip: true,
        etag: true,
        setHeaders: (response, path) => {
          // Names of built files hold a hash of their content.
          const lasts = path.startsWith('/assets/');
          response.setHeader('Cache-Control', lasts ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
      })
    : null;
  const send = (response: ServerResponse, page: Page) => {
    const html = pages[page];
    response.setHeader('Content-Type', `text/${html === null ? 'plain' : 'html'}; charset=utf-8`);
    if (html === null) {
      response.statusCode = 503;
      return void response.end(
        'The dashboard has not been built. Run `npm run build:web`, and start the server again.\n',
      );
    }
    const nonce = randomBytes(16).toString('base64');
    response.setHeader('Content-Security-Policy', policyOf(page, nonce));
    response.end(html.replaceAll('__NONCE__', nonce));
  };
  return {
    serve: (request, response, next) => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      const isPage = extname(pathname) === '' || pathname.endsWith('.html');
      if (isPage && wantsPage(request)) return send(response, 'index.html');
      if (isPage) return next();
      if (files) files(request, response, next);
      else next();
    },
    explorer: (response) => send(response, 'explorer.html'),
  };
}

/** Whether a person's browser asks, which follows a link, and not a client of the API. */
export function wantsPage({ method, headers, url = '' }: IncomingMessage): boolean {
  return method === 'GET' && (headers.accept ?? '').includes('text/html') && !/[?&]query=/.test(url);
}

function readPage(page: Page): string | null {
  try {
    return readFileSync(join(folder, page), 'utf8');
  } catch {
    return null;
  }
}

function policyOf(page: Page, nonce: string): string {
  // The explorer's editor writes styles and starts workers by itself; scripts come from here alone on both pages.
  const rest =
    page === 'explorer.html'
      ? "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; font-src 'self' data:"
      : `style-src 'self' 'nonce-${nonce}'; font-src 'self'`;
  return `default-src 'none'; script-src 'self'; ${rest}; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
