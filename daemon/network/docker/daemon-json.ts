import { constants } from 'node:fs';
import { access, mkdir, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { dockerOptionFault } from '../../config/docker-options.ts';
import { BootletError, systemCodeOf } from '../../errors.ts';
import { type Owner, syncFolder, writeFileAtomically } from '../../host/atomic-file.ts';
import type { Json } from '../../host/json-value.ts';
import { isFolder, unless, unlessMissing } from '../../host/missing.ts';
import { readTrusted, resolveTrusted } from '../../host/trusted-file.ts';
import { JsonFault, type Member, parseJson, positionIn } from './json-text.ts';

/** Docker's configuration file as it is. */
export interface DaemonJson {
  /** Undefined: there is no file. */
  readonly text: string | undefined;
  readonly keys: Readonly<Record<string, Json>>;
  /** When its content, its mode or its name was changed last, ms since the epoch. */
  readonly changedAt: number | undefined;
  readonly hasFolder: boolean;
  /** Whether it can be written where it is. */
  readonly isWritable: boolean;
}

const LARGEST = 2 ** 20;
const MODE = 0o644;
/** Of one that holds passwords of proxies. */
const PRIVATE = 0o600;

const refused = (path: string, text: string, offset: number, message: string): BootletError => {
  const { line, column } = positionIn(text, offset);
  return new BootletError('E_NETWORK_REFUSED', `${path}:${line}:${column}: ${message}`, {
    hint: `mend ${path}: Docker itself would not start with it; nothing was touched`,
    retryable: false,
  });
};

/** The members of the top object, each of a type that dockerd takes. @throws BootletError E_NETWORK_REFUSED */
export const membersOf = (path: string, text: string): readonly Member[] => {
  if (text.trim() === '') return [];
  try {
    const root = parseJson(text);
    if (typeof root.json !== 'object' || root.json === null || Array.isArray(root.json)) {
      throw refused(path, text, root.start, 'must be an object');
    }
    for (const { key, keyStart, value } of root.members) {
      const fault = dockerOptionFault(key, value.json);
      if (fault !== undefined) throw refused(path, text, keyStart, `${key} ${fault}`);
    }
    return root.members;
  } catch (error) {
    if (error instanceof JsonFault) throw refused(path, text, error.offset, error.message);
    throw error;
  }
};

export const keysOf = (members: readonly Member[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(members.map(({ key, value }) => [key, value.json]));

const isWritable = async (folder: string): Promise<boolean> => {
  try {
    await access(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' && folder !== '/') return isWritable(dirname(folder));
    return false;
  }
};

/** @throws BootletError E_NETWORK_REFUSED with file:line:column, E_FILE_UNTRUSTED, E_FILE_UNREADABLE */
export const readDaemonJson = async (path: string): Promise<DaemonJson> => {
  const resolved = await unlessMissing(resolveTrusted(path));
  const folder = dirname(resolved ?? path);
  if (resolved === undefined) {
    const [hasFolder, writable] = await Promise.all([isFolder(folder), isWritable(folder)]);
    return { text: undefined, keys: {}, changedAt: undefined, hasFolder, isWritable: writable };
  }
  const [bytes, { ctimeMs }, writable] = await Promise.all([
    readTrusted(resolved, LARGEST),
    stat(resolved),
    isWritable(folder),
  ]);
  const text = decoded(path, bytes);
  return { text, keys: keysOf(membersOf(path, text)), changedAt: ctimeMs, hasFolder: true, isWritable: writable };
};

const decoded = (path: string, bytes: Uint8Array): string => {
  try {
    // A byte order mark is left in: Docker does not take it either.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new BootletError('E_NETWORK_REFUSED', `${path} is not UTF-8`, {
      hint: `mend ${path}: Docker itself would not start with it; nothing was touched`,
      cause,
      retryable: false,
    });
  }
};

/**
 * Puts the text in place of the file, which keeps its mode and owner; a link stays a link.
 * @param text undefined: the file goes, and its folder too unless `keepFolder`, if that holds nothing else
 */
export const writeDaemonJson = async (path: string, text: string | undefined, keepFolder = true): Promise<void> => {
  const resolved = (await unlessMissing(resolveTrusted(path))) ?? path;
  const folder = dirname(resolved);
  if (text === undefined) {
    await unlessMissing(unlink(resolved));
    await syncFolder(folder);
    if (!keepFolder) await unless(['ENOTEMPTY', 'EEXIST', 'EBUSY'], rmdir(folder));
    return;
  }
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const seen = await unlessMissing(stat(resolved));
  const owner: Owner | undefined = seen === undefined ? undefined : { uid: seen.uid, gid: seen.gid };
  const fresh = 'proxies' in keysOf(membersOf(path, text)) ? PRIVATE : MODE;
  await writeFileAtomically(resolved, text, seen === undefined ? fresh : seen.mode & 0o7777, owner);
};
