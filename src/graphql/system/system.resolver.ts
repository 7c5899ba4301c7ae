/** The system query. */
import { createRequire } from 'node:module';
import { Ctx, Query, Resolver } from 'type-graphql';
import { describeMachine } from '../../evaluation/machine.ts';
import { describeEngines } from '../../nn/runtime/engines.ts';
import type { GraphqlContext } from '../context.ts';
import { version } from '../../telemetry/version.ts';
import { limits } from '../limits.ts';
import { Needs } from '../permissions.ts';
import { System } from './system.type.ts';

const require = createRequire(import.meta.url);
const versionOf = (packageFile: string) => (require(packageFile) as { version: string }).version;

@Resolver()
export class SystemResolver {
  @Needs('classify')
  @Query(() => System, { description: 'Versions, the engine in use and why, the machine and the limits.' })
  async system(@Ctx() { services: { config, database } }: GraphqlContext): Promise<System> {
    return {
      version,
      node: process.version,
      onnxruntime: versionOf('onnxruntime-node/package.json'),
      database: database.kind,
      machine: describeMachine(),
      engine: await describeEngines(config.engine),
      limits: {
        textCharacters: config.maxTextCharacters,
        textsPerRequest: config.maxTextsPerRequest,
        bodyBytes: config.maxBodyBytes,
        depth: limits.depth,
        aliases: limits.aliases,
        tokens: limits.tokens,
        cost: limits.cost,
        concurrentRuns: config.concurrentRuns,
      },
    };
  }
}
