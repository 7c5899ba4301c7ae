/** What a student goes on from. The trainings themselves are tested end to end. */
import { expect, it } from '@jest/globals';
import type { Dataset } from '../../src/data/dataset.ts';
import { studentConfig } from '../../src/training/config.ts';
import type { RunContext } from '../../src/training/runContext.ts';
import { trainStudent } from '../../src/training/student.ts';
import { exampleCard } from '../models/exampleCard.ts';

it('a student of another architecture is refused before anything is read', async () => {
  const config = studentConfig.parse({
    kind: 'student',
    name: 'a',
    dataset: 'sample',
    architecture: 'gru-8',
  });
  const start = { folder: 'none', card: exampleCard({ name: 'b', architecture: 'cnn-8' }) };
  await expect(trainStudent(config, {} as Dataset, [start], {} as RunContext)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    facts: { architecture: 'gru-8', expected: ['cnn-8'] },
  });
});
