/** The demo's teacher, and what it learns from: the best that can be had on this machine. */
import type { DistilleryClient } from '../client.ts';
import { DistilleryError } from '../errors.ts';
import type { TeacherConfig } from '../training/config.ts';
import { demoPresets, teacherWithoutCheckpoint } from './demoPresets.ts';
import { RunFailure, type FollowedRuns } from './followedRuns.ts';
import { whole } from './tables.ts';

type DemoDataset = keyof typeof demoPresets;

/** For the first bytes of a download. */
const patienceMs = 30_000;

export interface TeacherWishes {
  /** imdb, sample, or auto: the first that can be had. */
  readonly dataset: string;
  readonly checkpoint?: string;
  /** Whether IMDB's archive was given, so that nothing else will do. */
  readonly imdbGiven: boolean;
}

export interface Teacher {
  readonly dataset: DemoDataset;
  readonly teacher: string;
}

/** On imdb with a pretrained checkpoint, if both can be had; else what comes next without the one or the other. */
export async function trainTeacher(
  client: DistilleryClient,
  runs: FollowedRuns,
  wishes: TeacherWishes,
  say: (line: string) => void,
): Promise<Teacher> {
  const dataset = wishes.dataset === 'auto' ? 'imdb' : known(wishes.dataset);
  const mayBeSample = wishes.dataset === 'auto' && !wishes.imdbGiven;
  const state = await stateOf(client, dataset);
  const download = state === 'ABSENT' && !wishes.imdbGiven && dataset === 'imdb';
  say(plan(dataset, download, download && mayBeSample));

  const attempt = async (dataset: DemoDataset, training: Partial<TeacherConfig>): Promise<Teacher> => {
    const input = { ...training, dataset, name: `demo-${dataset}-teacher` };
    const options = dataset === 'imdb' ? { patienceMs } : {};
    return { dataset, teacher: await runs.train('teacher', 'startTeacherTraining', input, options) };
  };
  const given = wishes.checkpoint === undefined ? {} : { checkpoint: wishes.checkpoint };
  try {
    return await attempt(dataset, { ...demoPresets[dataset].teacher, ...given });
  } catch (error) {
    if (!(error instanceof RunFailure) || error.trainingHadBegun || runs.interrupted) throw error;
    const { checkpoint } = demoPresets[dataset].teacher;
    if (dataset === 'imdb' && (await stateOf(client, dataset)) === 'READY') {
      // The reviews are there, so it was the checkpoint.
      if (wishes.checkpoint !== undefined) throw error;
      say(`The checkpoint ${checkpoint} can't be had now. The server says: ${error.message}`);
      say('Not waiting for another try: going on with a smaller teacher that starts from random weights.');
      return attempt(dataset, teacherWithoutCheckpoint);
    }
    if (!mayBeSample) throw error;
    say(`IMDB can't be had now. The server says: ${error.message}`);
    say(
      `Not waiting for another try: going on with sample, reviews generated from a grammar; ${demoPresets.sample.takes}.`,
    );
    return attempt('sample', { ...demoPresets.sample.teacher, ...given });
  }
}

/** What is going to happen, said before it does. */
function plan(dataset: DemoDataset, download: boolean, mayBeSample: boolean): string {
  const { takes, student, teacher, distillation } = demoPresets[dataset];
  const lines = [
    `To come on ${dataset}: a teacher, a ${student.architecture} from scratch, the same distilled from the teacher, and all three compared.`,
    `This takes ${takes}${download ? ', and the time to download the reviews (80 MB)' : ''}.`,
  ];
  lines.push(
    `Labelled reviews: the teacher learns from ${howMany(teacher.trainReviews)}, both students from ${howMany(student.trainReviews)}.`,
  );
  if (distillation.unlabelledReviews > 0)
    lines.push(
      `The distilled one learns from the teacher's answers to these and to ${whole(distillation.unlabelledReviews)} more, whose labels it never sees.`,
    );
  if (teacher.checkpoint)
    lines.push(`Unless --checkpoint names another, the teacher starts from ${teacher.checkpoint} (90 MB).`);
  if (mayBeSample) lines.push('Without network it goes on with sample, reviews generated from a grammar.');
  if (dataset !== 'sample')
    lines.push(`Quicker: npm run demo -- --dataset sample (${demoPresets.sample.takes}).`);
  return `${lines.join('\n')}\n`;
}

function howMany(reviews: number | null | undefined): string {
  return reviews ? whole(reviews) : 'all of them';
}

type DatasetState = 'READY' | 'AVAILABLE' | 'ABSENT';

async function stateOf(client: DistilleryClient, name: string): Promise<DatasetState> {
  const { edges } = await client.call<{ edges: { node: { name: string; state: DatasetState } }[] }>(
    'datasets',
    { first: 100 },
  );
  return edges.find(({ node }) => node.name === name)?.node.state ?? 'ABSENT';
}

function known(dataset: string): DemoDataset {
  if (dataset === 'imdb' || dataset === 'sample') return dataset;
  throw new DistilleryError(
    'BAD_USER_INPUT',
    `The demo knows no dataset "${dataset}"; expected imdb, sample or auto.`,
  );
}
