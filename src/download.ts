/** Models as downloads: `GET /models/<reference>.tar`. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RequestHandler } from 'express';
import { pack, type Pack } from 'tar-stream';
import { errorDetails } from './errors.ts';
import type { Services } from './graphql/context.ts';
import { answerFailure } from './graphql/http.ts';
import { exportedFiles, exportedName, type ExportedFile } from './models/exported.ts';

/** Files of a tar are padded to whole blocks, one of them a header, and it ends with two empty ones. */
const block = 512;

/** Streams a model's folder; the parameter `reference` is a name, name@version or an alias, which the registry resolves. */
export function downloadModel({ registry, logger }: Services): RequestHandler<{ reference: string }> {
  return async (request, response) => {
    let files: ExportedFile[];
    let folder: string;
    try {
      const model = await registry.resolve(request.params.reference);
      await registry.requireFiles(model);
      files = await exportedFiles(model);
      folder = exportedName(model);
    } catch (error) {
      return answerFailure(response, error, logger);
    }
    response.setHeader('Content-Type', 'application/x-tar');
    response.setHeader('Content-Disposition', `attachment; filename="${folder}.tar"`);
    response.setHeader('Content-Length', tarSize(files));
    if (request.method === 'HEAD') return void response.end();

    const tar = pack();
    try {
      await Promise.all([fill(tar, folder, files), pipeline(Readable.from(tar), response)]);
    } catch (error) {
      // The connection is cut by now: a part of a tar must not look like the whole.
      const clientLeft = errorDetails(error).code === 'ERR_STREAM_PREMATURE_CLOSE';
      if (!clientLeft) logger.error({ err: error, folder }, 'the download of a model broke off');
    }
  };
}

function tarSize(files: readonly ExportedFile[]): number {
  return files.reduce((sum, { size }) => sum + block + Math.ceil(size / block) * block, 2 * block);
}

async function fill(tar: Pack, folder: string, files: readonly ExportedFile[]): Promise<void> {
  for (const { name, size, content } of files) {
    const source = typeof content === 'string' ? createReadStream(content) : Readable.from([content]);
    await pipeline(source, tar.entry({ name: `${folder}/${name}`, size }));
  }
  tar.finalize();
}
