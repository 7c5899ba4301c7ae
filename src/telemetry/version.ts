/** The version of Distillery that runs. */
import { createRequire } from 'node:module';

// The same depth below the repository's root in src/ and in dist/.
const description = createRequire(import.meta.url)('../../package.json') as { version: string };

export const { version } = description;
