/** What `bench -- chaos` and `bench -- scale` make of what they have measured. */
import { describe, expect, it } from '@jest/globals';
import type { Follower } from '../../bench/chaos/followers.ts';
import { verdictOf, type StoredRun } from '../../bench/chaos/verdict.ts';
import { aim, limitsOf } from '../../bench/scale/limits.ts';

const at = (sequence: number) => `2026-01-01T00:00:0${sequence}.000Z`;
const events = ['queued', 'running', 'succeeded'].map((state, index) => ({
  sequence: index + 1,
  at: at(index + 1),
  state,
}));
const run: StoredRun = { id: 'a', name: 'one', state: 'succeeded', weights: 'w', versions: 1, events };
const follower: Follower = {
  runId: 'a',
  seen: events.map(({ sequence }) => ({ sequence, at: at(sequence) })),
  failure: null,
};
const seen = (...sequences: number[]): Follower => ({
  ...follower,
  seen: sequences.map((sequence) => ({ sequence, at: at(sequence) })),
});

describe('the verdict over a storm', () => {
  it('is good where all is as in calm', () => {
    expect(verdictOf([run], [follower], [run])).toEqual({
      ...{ runs: 1, runsLost: 0, runsDoubled: 0, subscribers: 1, events: 3 },
      ...{ eventsLost: 0, eventsDoubled: 0, weightsEqual: true, wrong: [] },
    });
  });

  it.each<[string, StoredRun[], Follower[], object]>([
    ['a run that is not there', [], [], { runsLost: 1 }],
    ['a run that failed', [{ ...run, state: 'failed', weights: null }], [], { runsLost: 1 }],
    ['a second run of the name', [run, { ...run, id: 'b' }], [], { runsDoubled: 1 }],
    ['a second version', [{ ...run, versions: 2 }], [], { runsDoubled: 1 }],
    [
      'a second final event',
      [{ ...run, events: [...events, { sequence: 4, at: at(4), state: 'succeeded' }] }],
      [],
      { runsDoubled: 1 },
    ],
    ['other weights', [{ ...run, weights: 'v' }], [], { weightsEqual: false }],
    ['an event that a subscriber missed', [run], [seen(1, 3)], { eventsLost: 2 }],
    ['the last event missing', [run], [seen(1, 2)], { eventsLost: 1 }],
    ['an event that came twice', [run], [seen(1, 2, 3, 3)], { eventsDoubled: 1 }],
    ['events in another order', [run], [seen(2, 1, 3)], { eventsLost: 2 }],
    [
      'an event that is another one in the table',
      [run],
      [{ ...follower, seen: [...follower.seen.slice(0, 2), { sequence: 3, at: at(9) }] }],
      { eventsLost: 1 },
    ],
  ])('tells of %s', (_title, stored, followers, expected) => {
    const verdict = verdictOf(stored, followers, [run]);
    expect(verdict).toMatchObject(expected);
    expect(verdict.wrong).not.toEqual([]);
  });

  it('tells of a subscriber that gave up, and of gaps in the table', () => {
    const verdict = verdictOf(
      [{ ...run, events: events.slice(1) }],
      [{ ...follower, failure: 'no more' }],
      [run],
    );
    expect(verdict.wrong).toEqual(
      expect.arrayContaining([expect.stringContaining('no more'), expect.stringContaining('gaps')]),
    );
  });
});

describe('the limits', () => {
  const database = {
    ...{
      emptyPollMs: 0.6,
      runHeartbeatMs: 0.5,
      workerHeartbeatMs: 0.5,
      eventMs: 1,
      eventPerListenerMs: 0.04,
    },
    ...{ followerReadMs: 0.1, lookPerRunMs: 0.003, eventsPerSecond: 500, eventBytes: 200, connectionMb: 2 },
    maxConnections: 100,
  };
  const subscriber = { subscribers: 1_000, subscriberKb: 50, deliveryMs: 0.2, medianDelayMs: 5 };
  const limit = (what: string, cores: number, workersListen: boolean) =>
    limitsOf(database, subscriber, { cores, workersListen }).find((one) => one.what === what)!;

  it('have what is exceeded most first', () => {
    const shares = limitsOf(database, subscriber, { cores: 2, workersListen: true }).map(
      ({ needed, available }) => needed / available,
    );
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  it.each([true, false])(
    'of the processors are reached with as many as use them up (listening: %s)',
    (listening) => {
      const { needed } = limit('processors of PostgreSQL', 2, listening);
      expect(limit('processors of PostgreSQL', needed, listening).reachedAt).toBeCloseTo(aim.workers, 6);
    },
  );

  it('are further away where workers do not listen', () => {
    for (const what of ['processors of PostgreSQL', 'connections to PostgreSQL'])
      expect(limit(what, 2, false).reachedAt).toBeGreaterThan(limit(what, 2, true).reachedAt);
  });
});
