/** The trainings of a chaos test: seconds each, with several checkpoints. */

export interface PlannedRun {
  readonly name: string;
  /** The mutation that starts it. */
  readonly operation: 'startTeacherTraining' | 'startStudentTraining' | 'startDistillation';
  readonly input: Readonly<Record<string, unknown>>;
}

export interface PlannedRuns {
  /** Of all distillations. */
  readonly teacher: PlannedRun;
  readonly students: readonly PlannedRun[];
}

const shared = { dataset: 'sample', maxTokens: 32, batchSize: 32, threads: 1 };

/** @returns a teacher, and students from scratch and distilled, recurrent and convolutional; `count` in all */
export function plannedRuns(count: number, epochs: number): PlannedRuns {
  const teacher: PlannedRun = {
    name: 'teacher',
    operation: 'startTeacherTraining',
    input: { ...shared, name: 'teacher', epochs: 2, trainReviews: 600, learningRate: 1e-3 },
  };
  const students = Array.from({ length: count - 1 }, (_, index): PlannedRun => {
    const isDistilled = index % 2 === 1;
    const name = `${isDistilled ? 'distilled' : 'scratch'}-${index}`;
    const input = {
      ...shared,
      name,
      architecture: index % 4 < 2 ? 'gru-16' : 'cnn-16',
      epochs,
      trainReviews: 1_000,
      vocabularySize: 2_000,
      embeddingSize: 32,
      seed: index,
    };
    return isDistilled
      ? { name, operation: 'startDistillation', input: { ...input, teacher: 'teacher', hardLabelEpochs: 1 } }
      : { name, operation: 'startStudentTraining', input };
  });
  return { teacher, students };
}
