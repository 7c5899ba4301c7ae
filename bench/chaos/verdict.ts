/** What is left when the storm is over: runs, models and events in the tables, beside what the subscribers saw. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { modelFiles } from '../../src/models/card.ts';
import type { Database } from '../../src/storage/database.ts';
import type { Follower } from './followers.ts';

export interface StoredRun {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Of its model; null where it made none. */
  readonly weights: string | null;
  /** Model versions of its name. */
  readonly versions: number;
  readonly events: readonly { sequence: number; at: string; state: string }[];
}

export async function storedRuns(database: Database, dataDirectory: string): Promise<StoredRun[]> {
  const { rows } = await database.executeSql(
    `SELECT id, config ->> 'name' AS name, state,
       (SELECT count(*)::int FROM model_versions v WHERE v.name = config ->> 'name') AS versions,
       (SELECT path FROM model_versions v WHERE v.run_id = runs.id) AS path,
       (SELECT json_agg(json_build_object('sequence', sequence, 'state', e.state,
            'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY sequence)
          FROM progress_events e WHERE run_id = runs.id) AS events
     FROM runs ORDER BY position`,
  );
  const stored = rows as unknown as (Omit<StoredRun, 'weights'> & { path: string | null })[];
  return Promise.all(
    stored.map(async ({ path, ...run }) => ({
      ...run,
      weights: path === null ? null : await digestOf(join(dataDirectory, 'models', path)),
    })),
  );
}

/** Of the weights as training left them, and of the graph that is served. */
async function digestOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of [modelFiles.weights, modelFiles.graph]) hash.update(await readFile(join(folder, file)));
  return hash.digest('hex');
}

export interface Verdict {
  runs: number;
  /** Without a model in the end. */
  runsLost: number;
  /** With more than one: more than one run of a name, version or final event. */
  runsDoubled: number;
  subscribers: number;
  /** Over all subscribers. */
  events: number;
  eventsLost: number;
  eventsDoubled: number;
  weightsEqual: boolean;
  /** What is wrong, for a person. */
  wrong: string[];
}

const final = ['succeeded', 'failed', 'cancelled'];

/** @param calm the same runs without a fault; without them weights are compared with none */
export function verdictOf(
  stored: readonly StoredRun[],
  followers: readonly Follower[],
  calm: readonly StoredRun[],
): Verdict {
  const wrong: string[] = [];
  const verdict = { runsLost: 0, runsDoubled: 0, events: 0, eventsLost: 0, eventsDoubled: 0 };
  let weightsEqual = true;
  for (const { name, weights } of calm) {
    const runs = stored.filter((run) => run.name === name);
    const [run] = runs;
    if (run?.state !== 'succeeded' || run.weights === null) {
      verdict.runsLost += 1;
      wrong.push(`${name} is ${run?.state ?? 'missing'}`);
    } else if (run.weights !== weights) {
      weightsEqual = false;
      wrong.push(`${name} has other weights`);
    }
    const finals = run?.events.filter(({ state }) => final.includes(state)).length ?? 0;
    if (runs.length > 1 || (run?.versions ?? 0) > 1 || finals > 1) {
      verdict.runsDoubled += 1;
      wrong.push(`${name}: ${runs.length} runs, ${run?.versions} versions, ${finals} final events`);
    }
  }
  for (const { runId, seen, failure } of followers) {
    const run = stored.find(({ id }) => id === runId);
    const gapless = run?.events.every(({ sequence }, index) => sequence === index + 1) ?? false;
    if (!gapless) wrong.push(`the events of ${run?.name ?? runId} have gaps in the table`);
    if (failure !== null) wrong.push(`a subscriber of ${run?.name ?? runId} gave up: ${failure}`);
    const expected = run?.events ?? [];
    const lost = expected.filter((event, index) => {
      const there = seen.filter(({ sequence }) => sequence === event.sequence);
      return !there.some(({ at }) => at === event.at) || (!failure && seen[index]?.sequence !== index + 1);
    });
    const doubled = seen.length - new Set(seen.map(({ sequence }) => sequence)).size;
    if (lost.length > 0 || doubled > 0)
      wrong.push(`a subscriber of ${run?.name ?? runId} lost ${lost.length} and saw ${doubled} twice`);
    verdict.events += seen.length;
    verdict.eventsLost += lost.length;
    verdict.eventsDoubled += doubled;
  }
  return { runs: calm.length, subscribers: followers.length, ...verdict, weightsEqual, wrong };
}
