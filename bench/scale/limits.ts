/** From what single things cost to what breaks first when there are many of them. Calculated; the costs are measured. */
import type { DatabaseCosts } from './databaseCosts.ts';
import type { SubscriberCosts } from './subscriberCosts.ts';

/** Each worker has a run. */
export const aim = { workers: 1_000, subscribers: 10_000, servers: 10 };
export type Aim = typeof aim;

/** What a worker does with the settings' defaults, at its busiest. */
export const habits = { eventsPerSecond: 2, heartbeatSeconds: 10, lookSeconds: 30, connections: 3 };
export type Habits = typeof habits;

export interface Limit {
  what: string;
  /** What the aim asks for, and what there is, in the same unit. */
  needed: number;
  available: number;
  unit: string;
  /** How many there can be until it is used up. */
  reachedAt: number;
  of: 'workers' | 'subscribers of a server';
}

/**
 * @param cores of the database
 * @param workersListen as DISTILLERY_WORKER_LISTENS says
 * @returns what is exceeded most comes first
 */
export function limitsOf(
  database: DatabaseCosts,
  subscriber: SubscriberCosts,
  { cores, workersListen }: { cores: number; workersListen: boolean },
): Limit[] {
  const { workers, subscribers, servers } = aim;
  const { eventsPerSecond, heartbeatSeconds, lookSeconds } = habits;
  const connections = habits.connections + (workersListen ? 1 : 0);
  /** Every event wakes every connection that listens, whatever to. */
  const eventMs = database.eventMs + servers * database.eventPerListenerMs;
  const perWorkerMs =
    eventsPerSecond * eventMs + (database.runHeartbeatMs + database.workerHeartbeatMs) / heartbeatSeconds;
  /** More for each other worker: woken by its events, it also sees its run when it looks for interrupted ones. */
  const perPairMs =
    (workersListen ? eventsPerSecond * database.eventPerListenerMs : 0) + database.lookPerRunMs / lookSeconds;
  const busyCores = (count: number) => (count * perWorkerMs + count * count * perPairMs) / 1_000;
  const deliveryMs = eventsPerSecond * subscriber.deliveryMs;
  const limits: Limit[] = [
    {
      what: 'connections to PostgreSQL',
      needed: (workers + servers) * connections,
      available: database.maxConnections,
      unit: '',
      reachedAt: database.maxConnections / connections,
      of: 'workers',
    },
    {
      what: 'processors of PostgreSQL',
      needed: busyCores(workers),
      available: cores,
      unit: 'cores',
      // The root of perPairMs · n² + perWorkerMs · n = 1000 · cores, in the form that bears perPairMs = 0
      reachedAt: (2_000 * cores) / (perWorkerMs + Math.sqrt(perWorkerMs ** 2 + 4_000 * cores * perPairMs)),
      of: 'workers',
    },
    {
      what: 'events stored and announced',
      needed: workers * eventsPerSecond,
      available: database.eventsPerSecond,
      unit: 'a second',
      reachedAt: database.eventsPerSecond / eventsPerSecond,
      of: 'workers',
    },
    {
      what: 'the one thread of each server',
      needed: ((subscribers / servers) * deliveryMs) / 1_000,
      available: 1,
      unit: 'cores',
      reachedAt: 1_000 / deliveryMs,
      of: 'subscribers of a server',
    },
  ];
  return limits.sort((a, b) => b.needed / b.available - a.needed / a.available);
}
