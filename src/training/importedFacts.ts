/** What the card of an imported model says, and how many tokens it reads. */
import { checkPositions } from '../models/spec.ts';
import type { ImportConfig } from './config.ts';
import type { CardFacts } from './modelFolder.ts';

/** What a client that gives no `maxTokens` gets, as in a training. */
const usualMaxTokens = 256;

export function importedFacts(
  config: ImportConfig,
  { origin, ...facts }: Pick<CardFacts, 'architecture' | 'maxTokens' | 'origin' | 'licence'>,
): CardFacts {
  return {
    ...facts,
    name: config.name,
    method: 'teacher',
    parentTeacher: null,
    temperature: null,
    seed: null,
    training: config,
    engine: null,
    origin: origin ?? config.checkpoint,
  };
}

/**
 * @param positions of the model, where they are known
 * @throws DistilleryError BAD_USER_INPUT where more tokens are asked for than it has positions
 */
export function maxTokensOf({ maxTokens }: ImportConfig, positions = Infinity): number {
  if (maxTokens === null) return Math.min(usualMaxTokens, positions);
  checkPositions(maxTokens, positions);
  return maxTokens;
}
