/** Shows how far a survey is: a live bar on a terminal, a line now and then elsewhere. */
import type { SingleBar } from 'cli-progress';
import type { SurveyMessage } from '../client.ts';
import { barOn, describe, duration } from './progressView.ts';

export interface SurveyView {
  show(message: SurveyMessage): void;
  close(): void;
}

export function surveyView(output: NodeJS.WriteStream): SurveyView {
  return output.isTTY ? new BarView(output) : new LineView(output);
}

const ended = ({ counts }: SurveyMessage) => counts.succeeded + counts.failed + counts.cancelled;

class BarView implements SurveyView {
  readonly #bar: SingleBar;

  constructor(output: NodeJS.WriteStream) {
    this.#bar = barOn(output, '{bar} {value} of {total} runs {facts}');
    this.#bar.start(1, 0, { facts: '' });
  }

  show(message: SurveyMessage): void {
    this.#bar.setTotal(message.counts.planned);
    this.#bar.update(ended(message), { facts: [...facts(message), ...present(message)].join('; ') });
  }

  close(): void {
    this.#bar.stop();
  }
}

const secondsBetweenLines = 30;

class LineView implements SurveyView {
  readonly #output: NodeJS.WriteStream;
  #lastLine = -Infinity;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show(message: SurveyMessage): void {
    for (const { title, state, latest } of message.runs) {
      if (state === 'SUCCEEDED' || state === 'FAILED' || state === 'CANCELLED')
        this.#output.write(`${title}: ${state.toLowerCase()}. ${latest?.message ?? ''}\n`);
    }
    const now = performance.now();
    if (message.state === 'RUNNING' && now - this.#lastLine < secondsBetweenLines * 1000) return;
    this.#lastLine = now;
    const whole = [`${ended(message)} of ${message.counts.planned} runs`, ...facts(message)];
    this.#output.write(`${[...whole, ...present(message)].join('; ')}\n`);
  }

  close(): void {
    // Each line is complete.
  }
}

function facts({ counts, secondsLeft, analysing }: SurveyMessage): string[] {
  return [
    ...(counts.failed > 0 ? [`${counts.failed} failed`] : []),
    ...(secondsLeft !== null && !analysing ? [`${duration(secondsLeft)} left`] : []),
  ];
}

/** What goes on at this moment. */
function present({ runs }: SurveyMessage): string[] {
  return runs.flatMap(({ title, state, latest }) =>
    state === 'RUNNING' && latest ? [`${title}: ${describe(latest)}`] : [],
  );
}
