/** The ratios: the server over HTTP against the least that it can be asked, the raw loop, and servers of the Python world. */
import { readConfig } from '../../src/config.ts';
import { DistilleryError } from '../../src/errors.ts';
import { withTarget, type HttpTarget } from './http.ts';
import { fastapiSettings, litserveSettings, peerVersions, startPeer, type PeerSetting } from './peers.ts';
import { startRawLoop, type RawLoop, type RawSetting } from './rawLoop.ts';
import { headlineStudent, released, teacher, withServer, type ServingBench } from './session.ts';
import { fastest, httpSide, interleaved, p99Of, ratioOf } from './turns.ts';
import type { Ratio, Rounds, Side, Turn } from './turns.ts';
import { classifyBodies, classifyManyBodies, lengths, typenameBodies, type Length } from './workload.ts';

export interface Comparison extends Ratio {
  readonly unit: 'requests' | 'reviews';
  /** Names of the sides whose ratio it is. */
  readonly ours: string;
  readonly other: string;
  readonly connections: number;
  readonly rounds: Rounds;
  /** Further ratios of the same run: of other sides to `other`, or of `ours` to other sides. */
  readonly others?: Readonly<Record<string, Ratio>>;
  /** Milliseconds of both; where ours is higher, the ratio does not count. */
  readonly p99Ms?: Readonly<Record<'ours' | 'other', number>>;
  readonly counts?: boolean;
  /** Requests a second and p99 of every setting of the peer that was tried. */
  readonly tried?: Readonly<Record<string, Turn>>;
  readonly largestDifference?: number;
  readonly versions?: Readonly<Record<string, string>>;
  /** Against two processes of the peer, which ours does with one. */
  readonly fastapiTwoWorkers?: Comparison;
}

export type ComparisonName =
  'classifyOverTypename' | 'manyOverRaw' | 'overFastapi' | 'overBatchingPeer' | 'teacherOverRaw';

const connections = 32;
const headlineLength: Length = 'whole';
const students = [headlineStudent, 'imdb-gru-64', 'imdb-cnn-128', 'imdb-bigru-64', 'imdb-textcnn-64'];

/** Different texts of a comparison; many more than are under way at the same time, as equal ones are classified once. */
const studentTexts = 2_048;
const teacherTexts = 96;
const textsOfMany = 64;
const manyConcurrency = 4;

/** How long a setting of a peer is tried. */
const trialSeconds = 3;

export const comparisons: Readonly<Record<ComparisonName, (bench: ServingBench) => Promise<Comparison>>> = {
  classifyOverTypename: (bench) =>
    withClient(connections, async (target) => {
      const options = { concurrency: connections };
      const classify = students.flatMap((model) =>
        lengths.map((length) => {
          const texts = bench.workload.texts[length].slice(0, studentTexts);
          return httpSide(reviewsTo(model, length), target, classifyBodies(model, texts), options);
        }),
      );
      const typename = httpSide('__typename', target, typenameBodies, options);
      const rounds = await interleaved([typename, ...classify], bench);
      const others = Object.fromEntries(
        classify.map(({ name }) => [name, ratioOf(rounds, name, typename.name)]),
      );
      const ours = reviewsTo(headlineStudent, headlineLength);
      return { ...result('requests', rounds, ours, typename.name), connections, others };
    }),

  manyOverRaw: (bench) =>
    withClient(manyConcurrency, async (target) => {
      const texts = bench.workload.texts.whole.slice(0, studentTexts);
      const bodies = classifyManyBodies(headlineStudent, texts, textsOfMany);
      const options = { concurrency: manyConcurrency, texts: textsOfMany };
      const ours = httpSide(`${headlineStudent}, ${textsOfMany} reviews a request`, target, bodies, options);
      const one = { batchSize: textsOfMany, workers: 1, threads: 2 };
      const several = { batchSize: textsOfMany, workers: servingWorkers(), threads: 1 };
      const measured = await besideRaw(bench, ours, headlineStudent, texts, [
        { ...several, from: 'texts' },
        { ...one, from: 'texts' },
        { ...several, from: 'tokens' },
        { ...one, from: 'tokens' },
      ]);
      return { ...overFastest(measured, 'texts', ours.name), connections: manyConcurrency };
    }),

  teacherOverRaw: (bench) =>
    withClient(connections, async (target) => {
      const texts = bench.workload.texts.whole.slice(0, teacherTexts);
      const ours = httpSide(reviewsTo(teacher, 'whole'), target, classifyBodies(teacher, texts), {
        concurrency: connections,
      });
      const longer = { ...bench, seconds: 2 * bench.seconds };
      const measured = await besideRaw(longer, ours, teacher, texts, [
        { workers: servingWorkers(), threads: 1, batchSize: 1, from: 'tokens' },
        { workers: 1, threads: 2, batchSize: 1, from: 'tokens' },
        { workers: servingWorkers(), threads: 1, batchSize: 32, from: 'tokens' },
      ]);
      return { ...overFastest(measured, 'tokens', ours.name), connections };
    }),

  overFastapi: async (bench) => {
    const versions = await peerVersions(bench.python);
    const one = await besidePeer(bench, fastapiSettings(1));
    return { ...one, fastapiTwoWorkers: await besidePeer(bench, fastapiSettings(2)), versions };
  },

  overBatchingPeer: async (bench) => {
    const versions = await peerVersions(bench.python);
    return { ...(await besidePeer(bench, litserveSettings())), versions };
  },
};

const reviewsTo = (model: string, length: Length) => `${model}, ${length} reviews`;

/** As many as a server has that was told nothing else. */
const servingWorkers = () => readConfig({}).servingWorkers;

/** A server that is as it comes, and connections to it. */
function withClient<Result>(most: number, use: (target: HttpTarget) => Promise<Result>): Promise<Result> {
  return withServer({}, ({ url }) => withTarget(url, most, use));
}

function result(unit: Comparison['unit'], rounds: Rounds, ours: string, other: string) {
  return { ...ratioOf(rounds, ours, other), unit, ours, other, rounds };
}

interface BesideRaw {
  readonly rounds: Rounds;
  /** Names of the loops that start with texts, and of those that start with tokens. */
  readonly names: Readonly<Record<RawSetting['from'], readonly string[]>>;
}

async function besideRaw(
  bench: ServingBench,
  ours: Side,
  model: string,
  texts: readonly string[],
  settings: readonly RawSetting[],
): Promise<BesideRaw> {
  const loops: RawLoop[] = [];
  try {
    for (const setting of settings) loops.push(await startRawLoop(released(model), texts, setting));
    const namesOf = (from: RawSetting['from']) =>
      loops.filter((_, index) => settings[index]!.from === from).map(({ name }) => name);
    const names = { texts: namesOf('texts'), tokens: namesOf('tokens') };
    return { rounds: await interleaved([ours, ...loops], bench), names };
  } finally {
    for (const loop of loops) await loop.stop();
  }
}

/** Against the fastest of the loops that start with the same; the ratio to each is told. */
function overFastest({ rounds, names }: BesideRaw, from: RawSetting['from'], ours: string) {
  const all = [...names.texts, ...names.tokens];
  const others = Object.fromEntries(all.map((name) => [name, ratioOf(rounds, ours, name)]));
  return { ...result('reviews', rounds, ours, fastest(rounds, names[from])), others };
}

/** Tries all settings of a peer, and measures its fastest one in turn with our server. */
async function besidePeer(bench: ServingBench, settings: readonly PeerSetting[]): Promise<Comparison> {
  const { python, workload } = bench;
  if (python === null) throw new DistilleryError('INTERNAL', 'A peer was to be measured without a Python.');
  const folder = released(headlineStudent);
  const texts = workload.texts[headlineLength].slice(0, studentTexts);
  const peerBodies = texts.map((text) => Buffer.from(JSON.stringify({ text })));

  const withPeer = async <Result>(
    setting: PeerSetting,
    use: (side: Side, target: HttpTarget) => Promise<Result>,
  ): Promise<Result> => {
    const peer = await startPeer(python, folder, setting);
    try {
      return await withTarget(peer.url, connections, (target) => {
        const side = httpSide(setting.name, target, peerBodies, { concurrency: connections });
        const turn = async (seconds: number) => {
          peer.resume();
          return side.turn(seconds).finally(() => peer.pause());
        };
        return use({ ...side, turn }, target);
      });
    } finally {
      await peer.stop();
    }
  };

  const tried: Record<string, Turn> = {};
  for (const setting of settings) {
    tried[setting.name] = await withPeer(setting, async ({ turn }) => {
      await turn(trialSeconds / 3);
      return turn(trialSeconds);
    });
    console.log(`  ${setting.name}: ${tried[setting.name]!.perSecond.toFixed(0)} requests a second`);
  }
  const best = settings.reduce((a, b) => (tried[b.name]!.perSecond > tried[a.name]!.perSecond ? b : a));

  return withPeer(best, (peer, peerTarget) =>
    withClient(connections, async (target) => {
      const bodies = classifyBodies(headlineStudent, texts);
      const difference = await largestDifference(target, bodies, peerTarget, peerBodies);
      const ours = httpSide(reviewsTo(headlineStudent, headlineLength), target, bodies, {
        concurrency: connections,
      });
      const rounds = await interleaved([ours, peer], bench);
      const p99Ms = { ours: p99Of(rounds, ours.name), other: p99Of(rounds, peer.name) };
      return {
        ...result('requests', rounds, ours.name, peer.name),
        connections,
        p99Ms,
        counts: p99Ms.ours <= p99Ms.other,
        tried,
        largestDifference: difference,
      };
    }),
  );
}

interface Probabilities {
  readonly probabilities: { readonly positive: number };
}

const comparedTexts = 64;
/** int8 models round by what a batch holds, so the same text differs a little from batch to batch. */
const mostDifference = 0.05;

/**
 * Of the probability of positive, ours from the peer's.
 * @throws DistilleryError INTERNAL where they do not answer alike: then they do not do the same work
 */
async function largestDifference(
  ours: HttpTarget,
  ourBodies: readonly Buffer[],
  peer: HttpTarget,
  peerBodies: readonly Buffer[],
): Promise<number> {
  let largest = 0;
  for (const [index, body] of ourBodies.slice(0, comparedTexts).entries()) {
    const { data } = JSON.parse(await ours.mustAnswer(body)) as { data: { classify: Probabilities } };
    const theirs = JSON.parse(await peer.mustAnswer(peerBodies[index]!)) as Probabilities;
    const difference = Math.abs(data.classify.probabilities.positive - theirs.probabilities.positive);
    largest = Math.max(largest, difference);
  }
  if (largest <= mostDifference) return largest;
  throw new DistilleryError(
    'INTERNAL',
    `A peer's answers differ by up to ${largest}; expected the same ones.`,
    {
      largest,
    },
  );
}
