/** A benchmark's report as files: `GET /benchmarks/<run's id>/report.json` and `curve.svg`. */
import type { RequestHandler } from 'express';
import { completed } from './benchmark/report.ts';
import type { BenchmarkReport } from './benchmark/report.ts';
import { DistilleryError } from './errors.ts';
import type { Services } from './graphql/context.ts';
import { answerFailure } from './graphql/http.ts';

const contentTypes = { 'report.json': 'application/json', 'curve.svg': 'image/svg+xml' } as const;
type File = keyof typeof contentTypes;

/** Made of the stored report at each request. */
export function downloadBenchmarkFile({
  runs,
  logger,
}: Services): RequestHandler<{ run: string; file: string }> {
  return async (request, response) => {
    try {
      const { run, file } = request.params;
      const { report } = await runs.get(run);
      if (!isFile(file)) throw notFound(`There is no file "${file.slice(0, 100)}" of a benchmark.`);
      if (!report) throw notFound('The run has no report: it is no benchmark, or has not succeeded yet.');
      const content = await contentOf(file, completed(report));
      // A picture may show, and run nothing
      response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
      response.type(contentTypes[file]).send(content);
    } catch (error) {
      answerFailure(response, error, logger);
    }
  };
}

const isFile = (name: string): name is File => Object.hasOwn(contentTypes, name);

async function contentOf(file: File, report: BenchmarkReport): Promise<string> {
  if (file === 'report.json') return `${JSON.stringify(report, null, 2)}\n`;
  // The charts take half a second to load, which no server should wait for
  const { curveChart } = await import('./benchmark/curveChart.ts');
  const svg = curveChart(report);
  if (svg !== null) return svg;
  throw notFound(
    'The benchmark has no curve: ask for the scenario CONCURRENCY or SERVER, with as many queries as the percentile needs.',
  );
}

const notFound = (message: string) =>
  new DistilleryError('NOT_FOUND', message, { expected: Object.keys(contentTypes) });
