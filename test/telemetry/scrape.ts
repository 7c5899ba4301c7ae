/** Reads Prometheus' text format, line by line. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Scrape {
  /** Kind of each metric, by name. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly samples: readonly Sample[];
  /** The sum over all series of this name that have these labels, 0 without any. */
  sum(name: string, labels?: Record<string, string>): number;
}

/** @throws Error for a line that is not as the format says, or a sample before its TYPE */
export function parseScrape(text: string): Scrape {
  const kinds = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('# HELP ')) continue;
    const kind = /^# TYPE (\w+) (counter|gauge|histogram|summary)$/.exec(line);
    if (kind) {
      kinds.set(kind[1]!, kind[2]!);
      continue;
    }
    const sample = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line);
    const family = sample?.[1]?.replace(/_(bucket|sum|count)$/, '') ?? '';
    if (!sample || !(kinds.has(family) || kinds.has(sample[1]!))) throw new Error(`not expected: ${line}`);
    const labels = [...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)",?/g)];
    samples.push({
      name: sample[1]!,
      labels: Object.fromEntries(labels.map(([, name, value]) => [name!, value!])),
      value: Number(sample[3] === '+Inf' ? Infinity : sample[3]),
    });
  }
  return {
    kinds,
    samples,
    sum: (name, wanted = {}) =>
      samples
        .filter((sample) => sample.name === name)
        .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
