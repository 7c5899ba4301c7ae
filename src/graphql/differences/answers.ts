/** Asks a model about more texts than one request may have. */
import { DistilleryError } from '../../errors.ts';
import type { ModelVersion } from '../../models/registry.ts';
import type { Answer } from '../../serving/routes.ts';
import type { ClassifyOptions } from '../../serving/serving.ts';
import type { GraphqlContext } from '../context.ts';
import { cut } from '../cut.ts';

/**
 * As many texts at a time as one request may have, so that other requests come in between; longer ones are cut.
 * @param deadlineMs of all texts together, from now
 * @returns answers in the order of the texts
 * @throws DistilleryError DEADLINE_EXCEEDED, or as Serving.classifyMany
 */
export async function answersOf(
  version: ModelVersion,
  texts: readonly string[],
  { services, signal, operation }: GraphqlContext,
  deadlineMs: number | undefined,
): Promise<Answer[]> {
  const { maxTextCharacters, maxTextsPerRequest } = services.config;
  const startedAt = performance.now();
  const answers: Answer[] = [];
  while (answers.length < texts.length) {
    const chunk = texts.slice(answers.length, answers.length + maxTextsPerRequest);
    const askedAt = performance.now();
    const options: ClassifyOptions = { signal };
    if (deadlineMs !== undefined) {
      options.deadlineMs = deadlineMs - (askedAt - startedAt);
      if (options.deadlineMs <= 0) throw tooLate(deadlineMs, answers.length, texts.length);
    }
    const predictions = await services.serving.classifyMany(
      version,
      chunk.map((text) => cut(text, maxTextCharacters)),
      options,
    );
    const answered = predictions.map((prediction) => ({ version, prediction }));
    operation.classified(askedAt, answered);
    answers.push(...answered);
  }
  return answers;
}

function tooLate(deadlineMs: number, answered: number, texts: number): DistilleryError {
  return new DistilleryError(
    'DEADLINE_EXCEEDED',
    `${answered} of ${texts} reviews were answered within the ${deadlineMs} ms. Allow more time, or ask about fewer.`,
    { deadlineMs, answered, texts },
  );
}
