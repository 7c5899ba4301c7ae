/** What a benchmark has measured so far, in its run's folder: interrupted and taken up again, it goes on from there. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export class KeptMeasurements {
  readonly #folder: string;

  constructor(runFolder: string) {
    this.#folder = join(runFolder, 'measurements');
  }

  /**
   * @param name of the measurement within the run, fit for a file
   * @param measure made only where the run has not finished it before; what it gives must survive JSON
   */
  async once<T>(name: string, measure: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, `${name}.json`);
    const kept = await readFile(path, 'utf8').catch(() => null);
    if (kept !== null) return JSON.parse(kept) as T;
    const measured = await measure();
    await mkdir(this.#folder, { recursive: true });
    // Written aside: a file of this name is complete
    await writeFile(`${path}.part`, JSON.stringify(measured), { flush: true });
    await rename(`${path}.part`, path);
    return measured;
  }
}
