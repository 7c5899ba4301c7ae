#!/usr/bin/env node
/** The command line: serve, worker, demo, survey, data, models, aliases, API keys, backup and restore, the schema. */
import './cli/production.ts';
import { Command } from 'commander';
import { aliasHistory, listAliases, rollbackAlias, setAlias } from './cli/aliases.ts';
import { backup, restore } from './cli/backup.ts';
import { demo } from './cli/demo.ts';
import { importFile } from './cli/importFile.ts';
import { createKey, listKeys, revokeKey } from './cli/keys.ts';
import { exportAs, importFrom } from './cli/models.ts';
import { serve } from './cli/serve.ts';
import { survey } from './cli/survey.ts';
import { worker } from './cli/worker.ts';
import { DistilleryError } from './errors.ts';
import { printedSchema } from './graphql/emitSchema.ts';

const program = new Command('distillery')
  .description('Fine-tune a BERT teacher, distil it into small students, and serve all of them over GraphQL.')
  .showHelpAfterError();

program
  .command('serve')
  .description('start the server; settings come from the environment (DISTILLERY_…)')
  .option('--host <host>', 'where to listen; beyond loopback an API key is needed')
  .option('--port <port>', 'the port; 0 takes a free one')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(serve);

program
  .command('worker')
  .description(
    'work off the runs that servers queue, and serve nothing; it shares their database (DATABASE_URL, a PostgreSQL server) and their data directory',
  )
  .option(
    '--host <host>',
    'where to answer /healthz, /readyz and /metrics; beyond loopback DISTILLERY_API_KEY is needed',
  )
  .option('--worker-port <port>', 'the port for these; 0 takes a free one')
  .option('--data-directory <folder>', 'where models, datasets and checkpoints live')
  .action(worker);

program
  .command('demo')
  .description('distil a teacher into a student through the public API, and compare accuracy beside latency')
  .option('--dataset <name>', 'imdb, sample, or auto: imdb where it can be had, else sample', 'auto')
  .option('--archive <file>', 'the aclImdb archive, if it is on this machine')
  .option(
    '--checkpoint <name>',
    'a pretrained BERT checkpoint for the teacher: a folder’s name, or owner/name on the hub',
  )
  .option('--student <architecture>', 'gru-<size>, bigru-<size>, cnn-<size> or textcnn-<size>')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(demo);

program
  .command('survey <file>')
  .description(
    'carry out a survey and write its report; the file is the input of the mutation startSurvey, as JSON. The same command goes on with one that was interrupted, and adds what is new in the file',
  )
  .option('--report <folder>', 'where to write the report')
  .option('--archive <file>', 'the aclImdb archive, if it is on this machine')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(survey);

program
  .command('data')
  .description('datasets')
  .command('import <file>')
  .description('check a CSV or JSONL file (columns text and label) and store it as a dataset')
  .requiredOption('--name <name>', 'the dataset’s name')
  .option('--format <format>', 'csv or jsonl; by default what the file’s name ends in')
  .option('--data-directory <folder>', 'where datasets live')
  .action(importFile);

const models = program.command('model').description('models');

models
  .command('import <folder>')
  .description(
    'publish a BERT or DistilBERT classifier in Hugging Face’s layout, an ONNX file or an exported model',
  )
  .requiredOption('--name <name>', 'the name to publish under; an existing one gets a new version')
  .option('--max-tokens <number>', 'tokens of a review that are read; 256, or the model’s positions')
  .option('--dataset <name>', 'measure accuracy and latency on its validation reviews')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(importFrom);

models
  .command('export <reference> <folder>')
  .description('write a model (a name, name@version or alias) into a new folder, to be run elsewhere')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(exportAs);

const dataDirectory = ['--data-directory <folder>', 'where models, datasets and the database live'] as const;

const aliases = program.command('alias').description('names that mean a version until they are moved');
aliases
  .command('list')
  .description('what every alias means, and what it tries')
  .option(...dataDirectory)
  .action(listAliases);
aliases
  .command('set <alias> <reference>')
  .description('let an alias mean a model: a name, name@version or another alias')
  .option(...dataDirectory)
  .action(setAlias);
aliases
  .command('history <alias>')
  .description('what an alias has meant and tried since when, and who changed it')
  .option(...dataDirectory)
  .action(aliasHistory);
aliases
  .command('rollback <alias>')
  .description('let an alias mean the version again that it meant before')
  .option(...dataDirectory)
  .action(rollbackAlias);

const keys = program.command('key').description('API keys; a server with keys asks every client for one');
keys
  .command('create <name>')
  .description('make a key, and print it this once')
  .requiredOption('--scope <scope>', 'classify, train or admin; each opens those before it as well')
  .option('--days <number>', 'after how many days it ends')
  .option('--requests-per-minute <number>', 'a limit of its own')
  .option(...dataDirectory)
  .action(createKey);
keys
  .command('list')
  .description('every key that was made')
  .option(...dataDirectory)
  .action(listKeys);
keys
  .command('revoke <name>')
  .description('end a key at once')
  .option(...dataDirectory)
  .action(revokeKey);

program
  .command('backup <file>')
  .description(
    'write everything that is kept (runs, models, surveys, imported datasets, checkpoints) into one tar; a folder gets a file named by the time',
  )
  .option('--logits', 'the logits that models have given too, which can be computed again')
  .option('--url <address>', 'let the server at this address make it (with DISTILLERY_API_KEY)')
  .option('--data-directory <folder>', 'where models, datasets and the database live')
  .action(backup);

program
  .command('restore <file>')
  .description(
    'put a backup into an empty data directory, and an empty database where DATABASE_URL names one',
  )
  .option('--data-directory <folder>', 'where models, datasets and the database will live')
  .action(restore);

program
  .command('schema')
  .description('print the GraphQL schema')
  .action(() => void process.stdout.write(printedSchema()));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof DistilleryError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exitCode = 1;
}
