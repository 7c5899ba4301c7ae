/** A server that trains with one engine: a teacher and students of both kinds on the sample reviews, through its API. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineDescription } from '../../src/nn/runtime/engines.ts';
import { startServerProcess, trainOnce } from '../serverProcess.ts';

const dataset = 'sample';
const teacher = { name: 'sample-teacher', dataset, epochs: 4, learningRate: 1e-3, maxTokens: 64 };
const student = { dataset, epochs: 4, learningRate: 2e-3, maxTokens: 64, vocabularySize: 2_000 };

export interface TrainedModel {
  readonly model: string;
  readonly architecture: string;
  readonly method: string;
  /** As its card says. */
  readonly engine: string | null;
  /** Of the validation reviews. */
  readonly accuracy: number | null;
}

export async function trainThroughServer(
  engineSetting: string,
): Promise<{ system: EngineDescription; models: TrainedModel[] }> {
  const root = await mkdtemp(join(tmpdir(), 'distillery-tfjs-node-'));
  const server = await startServerProcess(join(root, 'data'), { DISTILLERY_ENGINE: engineSetting });
  try {
    const { client } = server;
    const { engine } = await client.call<{ engine: EngineDescription }>('system');
    const names = [
      await trainOnce(client, 'startTeacherTraining', teacher),
      await trainOnce(client, 'startStudentTraining', { ...student, name: 'gru', architecture: 'gru-16' }),
      await trainOnce(client, 'startDistillation', {
        ...student,
        name: 'cnn',
        architecture: 'cnn-16',
        teacher: teacher.name,
        temperature: 2,
      }),
    ];
    const models: TrainedModel[] = [];
    for (const reference of names) {
      const card = await client.call<{
        architecture: string;
        method: string;
        engine: string | null;
        metrics: { validation: { accuracy: number } | null };
      }>('model', { reference });
      models.push({
        model: reference,
        architecture: card.architecture,
        method: card.method,
        engine: card.engine,
        accuracy: card.metrics.validation?.accuracy ?? null,
      });
    }
    return { system: engine, models };
  } finally {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  }
}
