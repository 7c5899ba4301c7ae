/** All surfaces: those of a server, and those of the parsers. */
import type { ServerTarget } from './campaign.ts';
import { archiveMaker } from './archives.ts';
import { fileMakers } from './files.ts';
import { httpMaker, sendHttp } from './http.ts';
import { validOperations } from './operations.ts';
import type { ParserTarget } from './parserTarget.ts';
import type { Surface, SurfaceName } from './surface.ts';
import { makeUpload } from './uploads.ts';
import { sendWebSocket, webSocketMaker } from './websocket.ts';

export async function openSurfaces(
  server: Pick<ServerTarget, 'url'>,
  parsers: ParserTarget,
): Promise<Record<SurfaceName, Surface>> {
  const { url } = server;
  const operations = validOperations();
  const { safetensors, onnx, exported, checkpoints } = await fileMakers();
  const archives = await archiveMaker();
  return {
    graphql: { make: httpMaker(operations), send: (parts) => sendHttp(url, parts) },
    websocket: { make: webSocketMaker(operations), send: (parts) => sendWebSocket(url, parts) },
    uploads: { make: makeUpload, send: (parts) => sendHttp(url, parts) },
    safetensors: { make: safetensors, send: (parts) => parsers.send('safetensors', parts) },
    onnx: { make: onnx, send: (parts) => parsers.send('onnx', parts) },
    exported: { make: exported, send: (parts) => parsers.send('exported', parts) },
    checkpoints: { make: checkpoints, send: (parts) => parsers.send('checkpoints', parts) },
    archives: { make: archives, send: (parts) => parsers.send('archives', parts) },
  };
}
