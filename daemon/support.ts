import { constants, createReadStream } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { readConfigFiles } from './config/load.ts';
import { type Config, schema } from './config/schema.ts';
import { BootletError, messageOf, systemCodeOf } from './errors.ts';
import { unlessMissing } from './host/missing.ts';
import { hostTools } from './host/run-tool.ts';
import { self } from './host/self.ts';
import { publish, withArchive } from './support/archive.ts';
import { contentsText } from './support/contents.ts';
import { ownSecrets } from './support/own-secrets.ts';
import { takeParts } from './support/part.ts';
import { supportParts } from './support/parts.ts';
import { version } from './version.ts';

export interface SupportOptions {
  readonly configFile: string | undefined;
  readonly socket: string | undefined;
  /** A path, where no file may be yet, or a stream; undefined: a file of its own name in the working folder. */
  readonly output: string | NodeJS.WritableStream | undefined;
}

export interface SupportBundle {
  /** Undefined where it went to a stream. */
  readonly path: string | undefined;
  readonly contents: string;
  readonly isComplete: boolean;
}

/**
 * Writes all that a colleague needs to know of this host into one archive, without secrets. The daemon need not run, and
 * what cannot be had is told in the contents.
 * @throws BootletError E_USAGE where there is such a file, E_FILE_UNWRITABLE, E_PERMISSION, E_HOST_COMMAND
 */
export const writeSupport = async ({ configFile, socket, output }: SupportOptions): Promise<SupportBundle> => {
  const run = hostTools(process.env);
  const config = await configOrDefaults(configFile);
  const now = new Date();
  const top = nameOf(config.nodeName, now);
  const target = typeof output === 'object' ? output : resolve(output ?? `${top}.tar.gz`);
  if (typeof target === 'string') await refuseUnwritable(target);
  const parts = supportParts({
    config,
    run,
    self: self(),
    configArgs: configFile === undefined ? [] : ['--config', configFile],
    socketArgs: socket === undefined ? [] : ['--socket', socket],
  });
  const taken = await takeParts(parts, await ownSecrets(config));
  const contents = `bootlet ${version} on ${config.nodeName}, ${now.toISOString()}\n\n${contentsText(taken)}`;
  const files = new Map(taken.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]])));
  files.set('contents.txt', contents);
  const path = typeof target === 'string' ? target : undefined;
  const folder = path === undefined ? tmpdir() : dirname(path);
  try {
    await withArchive({ folder, top, files, run }, (file) =>
      typeof target === 'string' ? publish(file, target) : pipeline(createReadStream(file), target, { end: false }),
    );
  } catch (error) {
    throw unwritable(path ?? folder, error);
  }
  return { path, contents, isComplete: taken.every(({ text }) => text !== undefined) };
};

/** Before anything is asked: taking all the parts of a host in trouble takes a minute. */
const refuseUnwritable = async (path: string): Promise<void> => {
  try {
    await access(dirname(path), constants.W_OK);
    if ((await unlessMissing(lstat(path))) !== undefined) throw inTheWay(path);
  } catch (error) {
    throw unwritable(path, error);
  }
};

const inTheWay = (path: string, cause?: unknown): BootletError =>
  new BootletError('E_USAGE', `there is a file ${path} already`, { cause });

/** `bootlet-support-HOST-TIME`, the time in UTC as ISO 8601 has it without separators. */
const nameOf = (nodeName: string, now: Date): string => {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `bootlet-support-${nodeName.replace(/[^\w.-]/g, '_')}-${time}`;
};

/** One that cannot be read is told of by the part that shows it. */
const configOrDefaults = async (file: string | undefined): Promise<Config> => {
  try {
    return (await readConfigFiles(file)).config;
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    return { ...schema.fallback, nodeName: hostname().toLowerCase() };
  }
};

const unwritable = (path: string, cause: unknown): unknown => {
  const code = systemCodeOf(cause);
  if (cause instanceof BootletError || code === undefined) return cause;
  if (code === 'EEXIST') return inTheWay(path, cause);
  const isForbidden = ['EACCES', 'EPERM', 'EROFS'].includes(code);
  return new BootletError(
    isForbidden ? 'E_PERMISSION' : 'E_FILE_UNWRITABLE',
    `${path} cannot be written: ${messageOf(cause)}`,
    { cause, hint: 'bootlet support -o FILE writes it elsewhere, -o - to the standard output' },
  );
};
