import { readdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BootletError, messageOf, systemCodeOf } from '../errors.ts';
import { readTrusted } from '../host/trusted-file.ts';
import { describeIssue } from './issue.ts';
import { type ConfigFile, type ConfigResult, readConfig } from './read.ts';
import type { Config } from './schema.ts';

const DEFAULT_CONFIG_FILE = '/etc/bootlet/config.yaml';
const MOST_BYTES = 1024 * 1024;

const unreadable = (path: string, cause: unknown): BootletError =>
  new BootletError('E_FILE_UNREADABLE', `${path} cannot be read: ${messageOf(cause)}`, { cause, retryable: false });

/** undefined when it does not exist. */
const readFileIfAny = async (path: string): Promise<ConfigFile | undefined> => {
  try {
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(await readTrusted(path, MOST_BYTES)) };
  } catch (error) {
    if (error instanceof BootletError) throw error;
    if (systemCodeOf(error) === 'ENOENT') return undefined;
    throw unreadable(path, error);
  }
};

/** Names of the drop-ins beside a configuration file, in the order in which they are laid over it. */
const dropInsOf = async (file: string): Promise<readonly string[]> => {
  const folder = join(dirname(file), 'config.d');
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw unreadable(folder, error);
  }
};

/**
 * Reads a configuration file and the drop-ins in `config.d` beside it. Without a name the default file is meant, which
 * may be missing.
 * @param further texts that are laid over all of them
 * @throws BootletError E_FILE_UNREADABLE, E_FILE_UNTRUSTED
 */
export const readConfigFiles = async (
  file: string | undefined,
  further: readonly ConfigFile[] = [],
): Promise<ConfigResult> => {
  const path = resolve(file ?? DEFAULT_CONFIG_FILE);
  const main = await readFileIfAny(path);
  if (main === undefined && file !== undefined) {
    throw new BootletError('E_FILE_UNREADABLE', `there is no ${file}`, { retryable: false });
  }
  const dropIns = await Promise.all((await dropInsOf(path)).map(readFileIfAny));
  return readConfig(
    [main, ...dropIns, ...further].filter((f) => f !== undefined),
    hostname(),
  );
};

/**
 * The configuration, complete and valid.
 * @param further as for readConfigFiles
 * @throws BootletError E_CONFIG_INVALID or E_CONFIG_UNSUPPORTED, whose message has a line for each fault; E_FILE_UNREADABLE, E_FILE_UNTRUSTED
 */
export const loadConfig = async (file: string | undefined, further: readonly ConfigFile[] = []): Promise<Config> => {
  const { config, issues } = await readConfigFiles(file, further);
  if (issues.length === 0) return config;
  const code = issues.find((issue) => issue.code === 'E_CONFIG_INVALID')?.code ?? 'E_CONFIG_UNSUPPORTED';
  const lines = issues.map(describeIssue).join('\n');
  const hint = 'bootlet config default prints every setting with its default';
  throw new BootletError(code, `the configuration is not valid:\n${lines}`, { hint, retryable: false });
};
