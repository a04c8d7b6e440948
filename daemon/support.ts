import { constants } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readConfigFiles } from './config/load.ts';
import { type Config, schema } from './config/schema.ts';
import { BootletError, messageOf, systemCodeOf } from './errors.ts';
import { unlessMissing } from './host/missing.ts';
import { hostTools } from './host/run-tool.ts';
import { self } from './host/self.ts';
import { packed, writeNewFile } from './support/archive.ts';
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
 * @throws BootletError E_USAGE where there is such a file, E_FILE_UNWRITABLE, E_PERMISSION
 */
export const writeSupport = async ({ configFile, socket, output }: SupportOptions): Promise<SupportBundle> => {
  const run = hostTools(process.env);
  const { config, trouble } = await configOrDefaults(configFile);
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
  const head = `bootlet ${version} on ${config.nodeName}, ${now.toISOString()}\n${trouble}`;
  const contents = `${head}\n${contentsText(taken)}`;
  const files = new Map(taken.flatMap(({ name, text }) => (text === undefined ? [] : [[name, text]])));
  files.set('contents.txt', contents);
  const archive = await packed(top, files, now);
  const path = typeof target === 'string' ? target : undefined;
  try {
    if (typeof target === 'string') await writeNewFile(target, archive);
    else await pipeline(Readable.from([archive]), target, { end: false });
  } catch (error) {
    throw unwritable(path ?? 'the standard output', error);
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

/** A name in a plain tar header has 100 characters, and this one is but the folder of them. */
const MOST_OF_HOST = 40;

/** `bootlet-support-HOST-TIME`, the time in UTC as ISO 8601 has it without separators. */
const nameOf = (nodeName: string, now: Date): string => {
  const time = now.toISOString().replace(/[-:]|\.\d+/g, '');
  return `bootlet-support-${nodeName.replace(/[^\w.-]/g, '_').slice(0, MOST_OF_HOST)}-${time}`;
};

const DEFAULTS_STAND_IN =
  'Defaults stand in for what cannot be read of the configuration: secrets in files that only it names are not known here.\n';

/** What is wrong with it is told by the part that shows it; `trouble`, empty or a line, says what that means for the others. */
const configOrDefaults = async (file: string | undefined): Promise<{ config: Config; trouble: string }> => {
  try {
    const { config, issues } = await readConfigFiles(file);
    return { config, trouble: issues.length === 0 ? '' : DEFAULTS_STAND_IN };
  } catch (error) {
    if (!(error instanceof BootletError)) throw error;
    return { config: { ...schema.fallback, nodeName: hostname().toLowerCase() }, trouble: DEFAULTS_STAND_IN };
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
