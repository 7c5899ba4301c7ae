/** Aliases as clients see them: what each means, what it tries, and what came of that. */
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Alias as StoredAlias } from '../../serving/routes.ts';
import type { Trial, VersionStatistics } from '../../serving/trial.ts';
import { Model, toModel } from './model.type.ts';

@ObjectType({ description: 'What one of two versions did with the texts of an alias.' })
export class VersionCounts {
  @Field(() => Int, { description: 'Texts that it answered.' })
  answered!: number;

  @Field(() => Int, {
    description:
      'Texts with which it failed by a fault of its own; those that were refused, late or given up are not counted.',
  })
  failed!: number;

  @Field(() => Float, { nullable: true, description: 'Mean of latencyMs over the answered texts.' })
  meanLatencyMs!: number | null;
}

@ObjectType({
  description:
    'What came of a trial in the process that answers, since the trial began or, where that was later, since the process met it.',
})
export class TrialStatistics {
  @Field(() => VersionCounts, { description: 'The alias’s own version.' })
  stable!: VersionCounts;

  @Field(() => VersionCounts, { description: 'The version on trial.' })
  candidate!: VersionCounts;

  @Field(() => Int, { description: 'Texts that a shadow was not given, because the server was busy.' })
  skipped!: number;

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the texts that a shadow answered with the same label; null before the first one.',
  })
  agreement!: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'Mean absolute difference of the two probabilities of a positive review, over those texts.',
  })
  meanDifference!: number | null;
}

@ObjectType({ description: 'A version that an alias tries beside its own.' })
export class Candidate {
  @Field(() => Model, { description: 'The version on trial.' })
  model!: Model;

  @Field(() => Float, { description: 'The share of the texts that it is given.' })
  share!: number;

  @Field(() => Boolean, {
    description:
      'Whether the alias’s own version answers these texts as well, and the candidate’s answers only count here.',
  })
  shadow!: boolean;

  @Field(() => Date, { description: 'When the trial began: when the alias was last set.' })
  since!: Date;

  @Field(() => TrialStatistics, { description: 'What came of it so far, in this process.' })
  statistics!: TrialStatistics;
}

@ObjectType({ description: 'A name that means a version until it is moved.' })
export class Alias {
  @Field(() => ID, { description: 'The alias.' })
  name!: string;

  @Field(() => Model, { description: 'The version that it means.' })
  model!: Model;

  @Field(() => Candidate, { nullable: true, description: 'The version that it tries, if it tries one.' })
  candidate!: Candidate | null;
}

export function toAlias({ name, version, trial }: StoredAlias): Alias {
  return { name, model: toModel(version), candidate: trial && toCandidate(trial) };
}

function toCandidate({ candidate, share, shadow, since, statistics }: Trial): Candidate {
  const { stable, skipped, agreed, differenceSum } = statistics;
  const compared = shadow ? statistics.candidate.answered : 0;
  return {
    model: toModel(candidate),
    share,
    shadow,
    since,
    statistics: {
      stable: toCounts(stable),
      candidate: toCounts(statistics.candidate),
      skipped,
      agreement: mean(agreed, compared),
      meanDifference: mean(differenceSum, compared),
    },
  };
}

const toCounts = ({ answered, failed, latencySumMs }: VersionStatistics): VersionCounts => ({
  answered,
  failed,
  meanLatencyMs: mean(latencySumMs, answered),
});

const mean = (sum: number, count: number): number | null => (count === 0 ? null : sum / count);
