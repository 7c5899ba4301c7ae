/** Where a run keeps its checkpoint and prepares its model folder, until the model is published. */
import { join } from 'node:path';

/** The folder that holds a folder for each run, named by its id. */
export const runFolders = (dataDirectory: string): string => join(dataDirectory, 'runs');

export const runFolder = (dataDirectory: string, runId: string): string =>
  join(runFolders(dataDirectory), runId);
