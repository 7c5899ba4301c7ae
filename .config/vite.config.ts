/** Builds the dashboard ahead: `npm run build:web` writes it, compressed, to dist/web. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { compression } from 'vite-plugin-compression2';

const root = fileURLToPath(new URL('../src/web', import.meta.url));

export default defineConfig({
  root,
  // The server writes a fresh nonce into each page that it sends.
  html: { cspNonce: '__NONCE__' },
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rollupOptions: { input: [`${root}/index.html`, `${root}/explorer.html`] },
    chunkSizeWarningLimit: 4_000,
    // A data: address would need a hole in the content security policy.
    assetsInlineLimit: 0,
  },
  plugins: [
    compression({
      algorithms: ['gzip', 'brotliCompress'],
      include: [/\.(js|css|svg|json|ttf)$/],
      threshold: 1_024,
    }),
  ],
});
