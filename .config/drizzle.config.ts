/** For `npm run migration`: writes the next numbered file of migrations/ from what src/storage/tables.ts has more or less. */
import { defineConfig } from 'drizzle-kit';

// Paths are read from the repository's root, where npm runs its scripts.
export default defineConfig({
  dialect: 'postgresql',
  schema: ['./src/storage/tables.ts', './src/storage/accessTables.ts'],
  out: './migrations',
});
