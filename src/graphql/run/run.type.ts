/** Runs as clients see them. */
import { GraphQLJSONObject } from 'graphql-scalars';
import { Field, Float, ID, Int, ObjectType } from 'type-graphql';
import type { Run as StoredRun } from '../../storage/runs.ts';
import { BenchmarkReport, toReport } from '../benchmark/benchmark.type.ts';
import { connectionType } from '../connection.ts';
import { Phase, RunKind, RunState } from '../enums.ts';
import { ClassificationMetrics } from '../model/model.type.ts';
import { referenceOf } from '../../names.ts';

@ObjectType({ description: 'Why a run failed.' })
export class RunError {
  @Field(() => String, { description: 'The same codes as in errors of requests.' })
  code!: string;

  @Field(() => String, { description: 'What was wrong, what was expected, what to do.' })
  message!: string;
}

@ObjectType({ description: 'What an epoch came to.' })
export class Epoch {
  @Field(() => Phase, { description: 'The phase that it belongs to.' })
  phase!: string;

  @Field(() => Int, { description: '1-based within the phase.' })
  epoch!: number;

  @Field(() => Float, { description: 'Mean loss of its steps.' })
  loss!: number;

  @Field(() => ClassificationMetrics, {
    nullable: true,
    description: 'On validation reviews, after the epoch.',
  })
  validation!: ClassificationMetrics | null;
}

@ObjectType({
  description: 'A training, a distillation or a benchmark: what was asked for and what came of it.',
})
export class Run {
  @Field(() => ID, { description: 'Its id.' })
  id!: string;

  @Field(() => RunKind, { description: 'What it does.' })
  kind!: string;

  @Field(() => RunState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => GraphQLJSONObject, { description: 'All settings, defaults filled in.' })
  configuration!: Record<string, unknown>;

  @Field(() => Date, { description: 'When it was queued.' })
  createdAt!: Date;

  @Field(() => Date, {
    nullable: true,
    description: 'When work on it began; for a run that was resumed, later by its pauses.',
  })
  startedAt!: Date | null;

  @Field(() => Date, { nullable: true, description: 'When it reached a final state.' })
  endedAt!: Date | null;

  @Field(() => RunError, { nullable: true, description: 'Why it failed, if it did.' })
  error!: RunError | null;

  @Field(() => [Epoch], { description: 'Its epochs so far.' })
  epochs!: Epoch[];

  @Field(() => BenchmarkReport, { nullable: true, description: 'The report of a benchmark that succeeded.' })
  report!: BenchmarkReport | null;

  /** What the run published, as name@version; the field `model` looks it up. */
  published!: string | null;
}

export const RunConnection = connectionType(Run, 'Run');

export function toRun({ config, model, report, ...run }: StoredRun): Run {
  return {
    ...run,
    report: toReport(report),
    configuration: config,
    published: model && referenceOf(model),
  };
}
