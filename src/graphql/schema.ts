/** All resolvers, as one schema. */
import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync, type PubSub } from 'type-graphql';
import { BenchmarkResolver } from './benchmark/benchmark.resolver.ts';
import { ClassificationResolver } from './classification/classification.resolver.ts';
import { DatasetResolver } from './dataset/dataset.resolver.ts';
import { ModelResolver } from './model/model.resolver.ts';
import { ProgressResolver } from './progress/progress.resolver.ts';
import { RunResolver } from './run/run.resolver.ts';
import { SurveyResolver } from './survey/survey.resolver.ts';
import { SystemResolver } from './system/system.resolver.ts';

// Demanded as soon as there is a subscription, also where each brings its own events, as ours do.
const pubSub: PubSub = {
  publish: unused,
  subscribe: unused,
};

function unused(): never {
  throw new Error('subscriptions follow the progress log; nothing is published here');
}

export function createSchema(): GraphQLSchema {
  return buildSchemaSync({
    resolvers: [
      BenchmarkResolver,
      ClassificationResolver,
      DatasetResolver,
      ModelResolver,
      ProgressResolver,
      RunResolver,
      SurveyResolver,
      SystemResolver,
    ],
    // Off by default in type-graphql.
    validate: true,
    pubSub,
  });
}
