/** Shows a run's events: a live bar on a terminal, plain lines elsewhere. */
import { SingleBar } from 'cli-progress';
import type { ProgressMessage } from '../client.ts';

export interface ProgressView {
  show(event: ProgressMessage): void;
  close(): void;
}

/** @param output where to write; a bar needs a terminal */
export function progressView(title: string, output: NodeJS.WriteStream): ProgressView {
  return output.isTTY ? new BarView(title, output) : new LineView(title, output);
}

export function barOn(output: NodeJS.WriteStream, format: string): SingleBar {
  return new SingleBar({
    format,
    stream: output,
    barsize: 24,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    fps: 10,
  });
}

class BarView implements ProgressView {
  readonly #bar: SingleBar;

  constructor(title: string, output: NodeJS.WriteStream) {
    this.#bar = barOn(output, `${title.padEnd(22)} {bar} {percentage}% {facts}`);
    this.#bar.start(1, 0, { facts: 'queued' });
  }

  show(event: ProgressMessage): void {
    const isLast = event.phase === 'ENDED';
    const total = event.total ?? 0;
    // A phase without a total has no length to show: the bar stays empty until one comes.
    this.#bar.setTotal(isLast || total < 1 ? 1 : total);
    this.#bar.update(isLast ? 1 : (event.total && event.step) || 0, { facts: describe(event) });
  }

  close(): void {
    this.#bar.stop();
  }
}

const secondsBetweenLines = 5;

class LineView implements ProgressView {
  readonly #title: string;
  readonly #output: NodeJS.WriteStream;
  #phase = '';
  #lastLine = 0;

  constructor(title: string, output: NodeJS.WriteStream) {
    this.#title = title;
    this.#output = output;
  }

  show(event: ProgressMessage): void {
    const now = performance.now();
    const worthALine =
      event.phase !== this.#phase ||
      event.validationAccuracy !== null ||
      now - this.#lastLine >= secondsBetweenLines * 1000;
    if (!worthALine) return;
    this.#phase = event.phase;
    this.#lastLine = now;
    const { step, total } = event;
    const share = step !== null && total ? `${Math.floor((100 * step) / total)}% ` : '';
    this.#output.write(`${this.#title}: ${share}${describe(event)}\n`);
  }

  close(): void {
    // Each line is complete.
  }
}

/** @example 'training, epoch 2, loss 0.312, validation 0.871, 840 reviews/s, 12 s left' */
export function describe(event: ProgressMessage): string {
  const { phase, epoch, loss, validationAccuracy, reviewsPerSecond, secondsLeft, message } = event;
  return [
    phase.toLowerCase().replaceAll('_', ' '),
    epoch !== null && `epoch ${epoch}`,
    loss !== null && `loss ${loss.toFixed(3)}`,
    validationAccuracy !== null && `validation ${validationAccuracy.toFixed(3)}`,
    reviewsPerSecond !== null && `${Math.round(reviewsPerSecond)} reviews/s`,
    secondsLeft !== null && `${duration(secondsLeft)} left`,
    message,
  ]
    .filter((part) => typeof part === 'string')
    .join(', ');
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  return whole < 90 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
