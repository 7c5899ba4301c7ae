/** What a part of the fuzzing is: how one malformed input is made, and what became of it once it was sent. */
import type { Random } from '../../src/nn/random.ts';

export const surfaceNames = [
  'graphql',
  'websocket',
  'uploads',
  'safetensors',
  'onnx',
  'exported',
  'checkpoints',
  'archives',
] as const;
export type SurfaceName = (typeof surfaceNames)[number];

/** The others are read as files. */
export const serverSurfaces: readonly SurfaceName[] = ['graphql', 'websocket', 'uploads'];

/** An input: bytes by the name of a file, or of what is sent over a socket. */
export type Parts = Readonly<Record<string, Buffer>>;

export type Make = (random: Random) => Parts;

export interface Surface {
  readonly make: Make;
  /**
   * @returns `valid`, the code of the error, or how a protocol refused it, such as `HTTP 400`
   * @throws Fault for what must not be
   */
  readonly send: (parts: Parts) => Promise<string>;
}

/** An answer, or its absence, that no input may bring about. */
export class Fault extends Error {}
