/** How events of a run look: lines in a file, a bar on a terminal. */
import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { describe as inWords, progressView } from '../../src/cli/progressView.ts';
import type { ProgressMessage } from '../../src/client.ts';

const event = (known: Partial<ProgressMessage>): ProgressMessage => ({
  runId: 'a-run',
  sequence: 1,
  phase: 'TRAINING',
  state: 'RUNNING',
  epoch: null,
  step: null,
  total: null,
  loss: null,
  validationAccuracy: null,
  reviewsPerSecond: null,
  secondsLeft: null,
  message: null,
  at: '2026-01-02T03:04:05.000Z',
  ...known,
});

/** What is written for these events; `terminal` gives the output what a terminal has. */
function written(events: readonly ProgressMessage[], terminal: object = {}): string {
  const output = Object.assign(new PassThrough(), terminal);
  const view = progressView('teacher', output as unknown as NodeJS.WriteStream);
  for (const each of events) view.show(each);
  view.close();
  return String(output.read() ?? '');
}

describe('an event in words', () => {
  it('has what is known and nothing else', () => {
    const { epoch, loss, validationAccuracy, reviewsPerSecond } = {
      epoch: 2,
      loss: 0.3124,
      validationAccuracy: 0.8711,
      reviewsPerSecond: 840.2,
    };
    expect(inWords(event({ epoch, loss, validationAccuracy, reviewsPerSecond, secondsLeft: 12.3 }))).toBe(
      'training, epoch 2, loss 0.312, validation 0.871, 840 reviews/s, 12 s left',
    );
    expect(inWords(event({ phase: 'LOADING_DATA', message: 'Reading' }))).toBe('loading data, Reading');
    expect(inWords(event({ secondsLeft: 150 }))).toBe('training, 2 min 30 s left');
  });
});

describe('outside of a terminal', () => {
  it('a phase and an accuracy are worth a line, further steps within seconds are not', () => {
    const lines = written([
      event({ phase: 'LOADING_DATA', step: 1, total: 3 }),
      event({ step: 1, total: 4 }),
      event({ step: 2, total: 4 }),
      event({ step: 3, total: 4, validationAccuracy: 0.5 }),
      event({ phase: 'ENDED', state: 'SUCCEEDED', message: 'Published a@1.' }),
    ]);
    expect(lines.trimEnd().split('\n')).toEqual([
      'teacher: 33% loading data',
      'teacher: 25% training',
      'teacher: 75% training, validation 0.500',
      'teacher: ended, Published a@1.',
    ]);
  });
});

describe('on a terminal', () => {
  it('the bar ends full, with the last words', () => {
    const noop = () => true;
    const shown = written(
      [
        event({ step: 1, total: 4 }),
        event({ phase: 'ENDED', state: 'SUCCEEDED', message: 'Published a@1.' }),
      ],
      { isTTY: true, columns: 120, cursorTo: noop, clearLine: noop, moveCursor: noop },
    );
    expect(shown).toMatch(/teacher +█+ 100% ended, Published a@1\.\s*/);
  });
});
