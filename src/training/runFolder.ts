/** Where a run keeps its checkpoint and prepares its model folder, until the model is published. */
import { join } from 'node:path';

export const runFolder = (dataDirectory: string, runId: string): string => join(dataDirectory, 'runs', runId);
