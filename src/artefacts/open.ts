/** Opens the store that the settings name. */
import type { Config } from '../config.ts';
import { DistilleryError } from '../errors.ts';
import { sharedFolder, type ArtefactStore } from './store.ts';

/** Credentials are no settings of ours: the SDK finds them where it always does (AWS_ACCESS_KEY_ID and so on). */
export type ArtefactConfig = Pick<Config, 'dataDirectory' | 'artefacts' | 's3Endpoint' | 's3Region'>;

/** Asks nobody yet. @throws DistilleryError BAD_USER_INPUT for an address that is none */
export async function openArtefacts(config: ArtefactConfig): Promise<ArtefactStore> {
  const { dataDirectory, artefacts, s3Endpoint: endpoint, s3Region: region } = config;
  if (artefacts === undefined) return sharedFolder(dataDirectory);
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*?)\/*)?$/.exec(artefacts) ?? [];
  if (bucket === undefined) {
    throw new DistilleryError(
      'BAD_USER_INPUT',
      `DISTILLERY_ARTEFACTS is "${artefacts}"; expected s3://bucket or s3://bucket/prefix, or nothing for the data directory alone.`,
    );
  }
  // The SDK takes a third of a second to load, which nobody should wait for who needs none.
  const { S3Store } = await import('./s3.ts');
  return new S3Store({ dataDirectory, bucket, prefix, endpoint, region });
}
