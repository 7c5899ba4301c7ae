/** The schema as it is handed out: emitted, described, and with operations that fit it. */
import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isObjectType,
  parse,
  validate,
  type GraphQLInputObjectType,
} from 'graphql';
import type { z } from 'zod';
import { scopes } from '../../src/access/actor.ts';
import { readOperation } from '../../src/client.ts';
import { printedSchema, schemaFile } from '../../src/graphql/emitSchema.ts';
import { limitRules } from '../../src/graphql/limits.ts';
import { createSchema } from '../../src/graphql/schema.ts';
import { surveyExtension, surveyGrid, surveySpec, surveyTraining } from '../../src/survey/spec.ts';
import {
  benchmarkConfig,
  distillationConfig,
  quantizationConfig,
  studentConfig,
  teacherConfig,
} from '../../src/training/config.ts';

const schema = createSchema();
const operationFiles = await readdir(new URL('../../schema/operations/', import.meta.url));
const operations = operationFiles.map((file) => file.replace(/\.graphql$/, ''));

describe('the emitted schema', () => {
  it('is up to date', async () => {
    expect(await readFile(schemaFile, 'utf8')).toBe(printedSchema());
  });

  it('describes every type, field, argument and input', () => {
    const silent: string[] = [];
    const note = (what: string, description: string | null | undefined) => {
      if (!description) silent.push(what);
    };
    for (const type of Object.values(schema.getTypeMap())) {
      const isRoot = ['Query', 'Mutation', 'Subscription'].includes(type.name);
      if (isIntrospectionType(type)) continue;
      if (!isRoot && (isObjectType(type) || isInputObjectType(type) || isEnumType(type)))
        note(type.name, type.description);
      if (isObjectType(type)) {
        for (const field of Object.values(type.getFields())) {
          note(`${type.name}.${field.name}`, field.description);
          for (const argument of field.args)
            note(`${type.name}.${field.name}(${argument.name})`, argument.description);
        }
      }
      if (isInputObjectType(type)) {
        for (const field of Object.values(type.getFields()))
          note(`${type.name}.${field.name}`, field.description);
      }
    }
    expect(silent).toEqual([]);
  });
});

describe('scopes', () => {
  it('are declared for every query, mutation and subscription', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const undeclared = roots
      .flatMap((root) => Object.values(root?.getFields() ?? {}))
      .filter(({ extensions }) => !scopes.some((scope) => scope === extensions.scope));
    expect(undeclared.map(({ name }) => name)).toEqual([]);
  });
});

describe('ready-made operations', () => {
  it.each(operations)('%s fits the schema and the limits', (name) => {
    const document = parse(readOperation(name));
    expect(validate(schema, document)).toEqual([]);
    expect(validate(schema, document, limitRules)).toEqual([]);
  });

  it('exist for every query, mutation and subscription', () => {
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((root) => Object.keys(root?.getFields() ?? {}));
    expect([...operations].sort()).toEqual(fields.sort());
  });
});

describe('inputs of runs', () => {
  const configurations: [string, z.ZodObject][] = [
    ['StartTeacherTrainingInput', teacherConfig],
    ['StartStudentTrainingInput', studentConfig],
    ['StartDistillationInput', distillationConfig],
    ['QuantizeModelInput', quantizationConfig],
    ['StartBenchmarkInput', benchmarkConfig],
    ['StartSurveyInput', surveySpec],
    ['SurveyGridInput', surveyGrid],
    ['SurveyTrainingInput', surveyTraining],
    ['ExtendSurveyInput', surveyExtension],
  ];

  it.each(configurations)(
    '%s has the settings of its configuration, and no others',
    (name, configuration) => {
      const type = schema.getType(name) as GraphQLInputObjectType;
      const settings = Object.keys(configuration.shape).filter((key) => key !== 'kind');
      expect(Object.keys(type.getFields()).sort()).toEqual(settings.sort());
    },
  );

  it('tell defaults and ranges of the configuration', () => {
    const fields = (schema.getType('StartDistillationInput') as GraphQLInputObjectType).getFields();
    expect(fields.temperature?.description).toMatch(/0\.01 to 100\. Default: 2\.$/);
    expect(fields.epochs?.description).toMatch(/1 to 1000\. Default: 3\.$/);
    expect(getNamedType(fields.learningRate?.type)?.name).toBe('Float');
  });
});
