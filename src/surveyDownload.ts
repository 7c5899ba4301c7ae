/** A survey's report as files: `GET /surveys/<id or name>/<file>`. */
import type { RequestHandler } from 'express';
import { DistilleryError } from './errors.ts';
import type { Services } from './graphql/context.ts';
import { answerFailure } from './graphql/http.ts';
import { surveyFileNames, surveyFolder } from './survey/folder.ts';

/** Sends one of the files that the survey's analysis wrote, and nothing else. */
export function downloadSurveyFile({
  surveys,
  artefacts,
  logger,
}: Services): RequestHandler<{ survey: string; file: string }> {
  return async (request, response) => {
    try {
      const { id } = await surveys.get(request.params.survey);
      const { file } = request.params;
      const names = await surveyFileNames(artefacts, id);
      if (!names.includes(file)) throw noSuchFile(file, names);
      // The report is a page made of what people wrote: it may show, and run nothing
      response.setHeader(
        'Content-Security-Policy',
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox",
      );
      await new Promise<void>((resolve, reject) => {
        response.sendFile(file, { root: surveyFolder(artefacts, id), cacheControl: false }, (error) =>
          error ? reject(error) : resolve(),
        );
      });
    } catch (error) {
      answerFailure(response, error, logger);
    }
  };
}

function noSuchFile(file: string, names: readonly string[]): DistilleryError {
  const there = names.length > 0 ? `Files that are there: ${names.join(', ')}.` : 'It has no report yet.';
  const shown = file.slice(0, 100);
  return new DistilleryError('NOT_FOUND', `The survey has no file "${shown}". ${there}`, {
    file: shown,
    expected: names,
  });
}
