/** Small archives in the layout of aclImdb, whole or with one thing wrong. */
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';

export type Files = Record<string, string | Buffer>;

/** Ten reviews in every folder; no text twice. */
export function wholeArchive(): Files {
  const files: Files = {
    'aclImdb/README': 'about it',
    'aclImdb/imdb.vocab': 'the\nand',
    'aclImdb/train/labeledBow.feat': '1 0:1',
  };
  for (const [folder, rating] of [
    ['train/pos', 9],
    ['train/neg', 2],
    ['test/pos', 10],
    ['test/neg', 1],
    ['train/unsup', 0],
  ] as const) {
    for (let id = 0; id < 10; id += 1)
      files[`aclImdb/${folder}/${id}_${rating}.txt`] = `A made-up review, number ${id} in ${folder}.`;
  }
  return files;
}

export async function writeArchive(path: string, files: Files): Promise<void> {
  const tar = pack();
  const written = pipeline(tar, createGzip(), createWriteStream(path));
  for (const [name, content] of Object.entries(files)) {
    tar.entry({ name, mtime: new Date(0) }, content);
  }
  tar.finalize();
  await written;
}
