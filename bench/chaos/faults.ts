/** What can go wrong, at random but from a seed: processes die or stand still, connections break. */
import type { Random } from '../../src/nn/random.ts';
import type { CuttableProxy } from './cuttableProxy.ts';
import { runProcessesOf, type KeptProcess } from './keptProcess.ts';

export const faultKinds = [
  'kill-worker',
  'kill-run',
  'kill-server',
  'freeze-worker',
  'cut-database',
  'cut-subscribers',
] as const;
export type FaultKind = (typeof faultKinds)[number];
export type Faults = Record<FaultKind, number>;

/** How often each kind is chosen, beside the others. */
const weights: Faults = {
  'kill-worker': 3,
  'kill-run': 4,
  'kill-server': 2,
  'freeze-worker': 1,
  'cut-database': 2,
  'cut-subscribers': 2,
};
const kinds = faultKinds.flatMap((kind) => Array.from({ length: weights[kind] }, () => kind));

export interface Target {
  /** They work runs off. */
  readonly workers: readonly KeptProcess[];
  /** They answer subscribers; on PGlite the only process does both. */
  readonly servers: readonly KeptProcess[];
  readonly proxies: readonly CuttableProxy[];
  /** Ends one connection to the database, or all of them. @returns how many there were; null: there are none to end */
  readonly cutDatabase: ((all: boolean) => Promise<number>) | null;
  readonly leaseMs: number;
}

export class Storm {
  readonly faults: Faults;
  readonly #target: Target;
  readonly #random: Random;
  readonly #thaws = new Set<Promise<void>>();

  constructor(target: Target, random: Random) {
    this.#target = target;
    this.#random = random;
    this.faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Faults;
  }

  /** Processes that were killed. */
  get kills(): number {
    return this.faults['kill-worker'] + this.faults['kill-run'] + this.faults['kill-server'];
  }

  /** One fault of a kind that is possible now. */
  async strike(): Promise<void> {
    const kind = this.#random.pick(kinds);
    if (await this.#cause(kind)) this.faults[kind] += 1;
  }

  /** Resolves when nothing stands still any more. */
  async over(): Promise<void> {
    await Promise.all(this.#thaws);
  }

  /** @returns false where there was nothing to hit */
  async #cause(kind: FaultKind): Promise<boolean> {
    const { workers, servers, proxies, cutDatabase } = this.#target;
    switch (kind) {
      case 'kill-worker':
        return this.#kill(workers.filter((worker) => !servers.includes(worker)));
      case 'kill-server':
        return this.#kill(servers);
      case 'kill-run':
        return this.#killRun();
      case 'freeze-worker':
        return this.#freeze(workers.filter((worker) => !servers.includes(worker)));
      case 'cut-database':
        return cutDatabase !== null && (await cutDatabase(this.#random.chance(0.5))) > 0;
      case 'cut-subscribers':
        return proxies.length > 0 && this.#random.pick(proxies).cut() > 0;
    }
  }

  #kill(processes: readonly KeptProcess[]): boolean {
    const alive = processes.filter(({ pid }) => pid !== null);
    if (alive.length === 0) return false;
    this.#random.pick(alive).kill();
    return true;
  }

  #killRun(): boolean {
    const runs = this.#target.workers.flatMap(({ pid }) => (pid === null ? [] : runProcessesOf(pid)));
    if (runs.length === 0) return false;
    process.kill(this.#random.pick(runs), 'SIGKILL');
    return true;
  }

  /** For longer than its lease; in half of the cases its run's process stands still as well, as all of a machine would. */
  #freeze(processes: readonly KeptProcess[]): boolean {
    const alive = processes.filter(({ pid }) => pid !== null);
    if (alive.length === 0) return false;
    const worker = this.#random.pick(alive);
    const runs = this.#random.chance(0.5) ? runProcessesOf(worker.pid!) : [];
    const forMs = this.#target.leaseMs * (1.5 + this.#random.uniform());
    for (const run of runs) signalTo(run, 'SIGSTOP');
    const thaw = worker.freeze(forMs).then(() => {
      for (const run of runs) signalTo(run, 'SIGCONT');
      this.#thaws.delete(thaw);
    });
    this.#thaws.add(thaw);
    return true;
  }
}

/** The process may have ended by itself. */
function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Nothing is left to be told.
  }
}
