/** Surveys as clients see them: what was asked for, and how far it is. */
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Survey as StoredSurvey } from '../../storage/surveys.ts';
import { connectionType } from '../connection.ts';
import { Label, RunState, SurveyState } from '../enums.ts';
import { Progress } from '../progress/progress.type.ts';
import { RunError } from '../run/run.type.ts';

@ObjectType({ description: 'Planned runs of a survey by where they stand.' })
export class SurveyCounts {
  @Field(() => Int, { description: 'All of them.' })
  planned!: number;

  @Field(() => Int, { description: 'Go on from another run, which has not ended yet.' })
  waiting!: number;

  @Field(() => Int, { description: 'Wait in the queue.' })
  queued!: number;

  @Field(() => Int, { description: 'Are being worked on.' })
  running!: number;

  @Field(() => Int, { description: 'Have published their models.' })
  succeeded!: number;

  @Field(() => Int, { description: 'Have failed.' })
  failed!: number;

  @Field(() => Int, { description: 'Were cancelled.' })
  cancelled!: number;
}

@ObjectType({ description: 'How far a run of a survey is.' })
export class SurveyRunProgress {
  @Field(() => ID, { description: 'Its key in the survey; `analysis` for the one that measures all models.' })
  key!: string;

  @Field(() => ID, { description: 'The run.' })
  runId!: string;

  @Field(() => String, { description: 'What it does, for a person.' })
  title!: string;

  @Field(() => RunState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => Progress, { nullable: true, description: 'Its newest event.' })
  latest!: Progress | null;
}

@ObjectType({ description: 'How far a survey is, as a whole and run by run.' })
export class SurveyProgress {
  @Field(() => ID, { description: 'The survey.' })
  surveyId!: string;

  @Field(() => SurveyState, { description: 'Its state; the last message carries a final one.' })
  state!: string;

  @Field(() => SurveyCounts, { description: 'Its runs, counted.' })
  counts!: SurveyCounts;

  @Field(() => Boolean, { description: 'All runs have ended, and their models are being measured.' })
  analysing!: boolean;

  @Field(() => Float, {
    nullable: true,
    description: 'Estimated seconds until the last run ends; null until one has.',
  })
  secondsLeft!: number | null;

  @Field(() => [SurveyRunProgress], {
    description: 'Runs that go on, and those whose state has changed since the message before.',
  })
  runs!: SurveyRunProgress[];
}

@ObjectType({ description: 'A test review to which a student and the teacher give different answers.' })
export class Difference {
  @Field(() => ID, { description: 'The review’s identifier in the dataset.' })
  review!: string;

  @Field(() => Label, { description: 'What it says.' })
  label!: string;

  @Field(() => Label, { description: 'The teacher’s answer; the student gives the other.' })
  teacher!: string;
}

@ObjectType({ description: 'Grids of students that are trained and compared: a question each.' })
export class Survey {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => String, { description: 'Its name.' })
  name!: string;

  @Field(() => SurveyState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => GraphQLJSONObject, { description: 'What was asked for, defaults filled in.' })
  specification!: Record<string, unknown>;

  @Field(() => Date, { description: 'When it was started.' })
  createdAt!: Date;

  @Field(() => Date, { nullable: true, description: 'When it reached a final state.' })
  endedAt!: Date | null;

  @Field(() => RunError, { nullable: true, description: 'Why it failed or ended early, if it did.' })
  error!: RunError | null;
}

export const SurveyConnection = connectionType(Survey, 'Survey');

export function toSurvey({ spec, ...survey }: StoredSurvey): Survey {
  return { ...survey, specification: spec };
}
