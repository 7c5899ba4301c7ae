/** Settings of the environment, with those that were given as options put over them. */
import { readConfig, type Config } from '../config.ts';

export interface SettingOptions {
  host?: string;
  port?: string;
  workerPort?: string;
  dataDirectory?: string;
  archive?: string;
}

/** @throws DistilleryError BAD_USER_INPUT */
export function readSettings({ host, port, workerPort, dataDirectory, archive }: SettingOptions): Config {
  const given = {
    DISTILLERY_HOST: host,
    DISTILLERY_PORT: port,
    DISTILLERY_WORKER_PORT: workerPort,
    DISTILLERY_DATA_DIRECTORY: dataDirectory,
    DISTILLERY_IMDB_ARCHIVE: archive,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return readConfig({ ...process.env, ...Object.fromEntries(set) });
}
