/** Everything that the server keeps, as one download: `GET /backup.tar`, with `?logits=1` the models' logits too. */
import type { RequestHandler } from 'express';
import { writeBackup } from './backup/write.ts';
import { errorDetails } from './errors.ts';
import type { Services } from './graphql/context.ts';
import { answerFailure } from './graphql/http.ts';

/** Streams a backup; other requests are answered meanwhile. */
export function downloadBackup({ artefacts: store, database, config, logger }: Services): RequestHandler {
  return async (request, response) => {
    if (request.method === 'HEAD') return void response.type('application/x-tar').end();
    response.setHeader('Content-Type', 'application/x-tar');
    response.setHeader('Content-Disposition', 'attachment; filename="distillery-backup.tar"');
    const { dataDirectory } = config;
    const logits = request.query.logits === '1';
    const source = { database, dataDirectory, store, logits, spoolIn: dataDirectory };
    try {
      await writeBackup(source, response);
      logger.info('a backup was downloaded');
    } catch (error) {
      // Once a part is sent the connection is cut: without its end it is no backup.
      if (!response.headersSent) response.removeHeader('Content-Disposition');
      if (errorDetails(error).code !== 'ERR_STREAM_PREMATURE_CLOSE') answerFailure(response, error, logger);
    }
  };
}
