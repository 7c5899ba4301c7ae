/** All resolvers, as one schema. */
import 'reflect-metadata';
import { validateSync } from 'class-validator';
import type { GraphQLSchema } from 'graphql';
import { ArgumentValidationError, buildSchemaSync, type PubSub } from 'type-graphql';
import { BenchmarkResolver } from './benchmark/benchmark.resolver.ts';
import { ClassificationResolver } from './classification/classification.resolver.ts';
import { DatasetResolver } from './dataset/dataset.resolver.ts';
import { DifferencesResolver } from './differences/differences.resolver.ts';
import { KeysResolver } from './keys/keys.resolver.ts';
import { ModelResolver } from './model/model.resolver.ts';
import { ProgressResolver } from './progress/progress.resolver.ts';
import { RunResolver } from './run/run.resolver.ts';
import { SurveyResolver } from './survey/survey.resolver.ts';
import { SystemResolver } from './system/system.resolver.ts';
import { WorkerResolver } from './worker/worker.resolver.ts';

// Demanded as soon as there is a subscription, also where each brings its own events, as ours do.
const pubSub: PubSub = {
  publish: unused,
  subscribe: unused,
};

function unused(): never {
  throw new Error('subscriptions follow the progress log; nothing is published here');
}

/**
 * What type-graphql would do with `validate: true`, without its import of class-validator at every call, which took a
 * seventh of the time of a request.
 * @throws ArgumentValidationError
 */
function validateArguments(value: unknown): void {
  for (const item of Array.isArray(value) ? value : [value]) {
    if (typeof item !== 'object' || item === null) continue;
    const faults = validateSync(item, { skipMissingProperties: true, forbidUnknownValues: false });
    if (faults.length > 0) throw new ArgumentValidationError(faults);
  }
}

export function createSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      BenchmarkResolver,
      ClassificationResolver,
      DatasetResolver,
      DifferencesResolver,
      KeysResolver,
      ModelResolver,
      ProgressResolver,
      RunResolver,
      SurveyResolver,
      SystemResolver,
      WorkerResolver,
    ],
    validateFn: validateArguments,
    pubSub,
  });
}
