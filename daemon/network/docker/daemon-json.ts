import { dockerOptionFault } from '../../config/docker-options.ts';
import { BootletError } from '../../errors.ts';
import { type JsonMember, jsonOf } from '../../host/json-text.ts';
import type { Json } from '../../host/json-value.ts';
import { TextSyntaxError } from '../../host/text-syntax-error.ts';
import { MODE, PRIVATE, readOwnedFile, removeOwnedFile, type SeenFile, writeOwnedFile } from '../owned-file.ts';
import { parseObject } from './json-object.ts';

/** Docker's configuration file as it is. */
export interface DaemonJson extends Pick<SeenFile, 'changedAt' | 'hasFolder' | 'isWritable'> {
  /** Undefined: there is no file. */
  readonly text: string | undefined;
  readonly keys: Readonly<Record<string, Json>>;
}

const refused = (path: string, text: string, offset: number, message: string): BootletError => {
  const lines = text.slice(0, offset).split('\n');
  const place = `${path}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
  return new BootletError('E_NETWORK_REFUSED', `${place}: ${message}`, {
    hint: `mend ${path}: Docker itself would not start with it; nothing was touched`,
    retryable: false,
  });
};

/** The members of the top object, each of a type that dockerd takes. @throws BootletError E_NETWORK_REFUSED */
export const membersOf = (path: string, text: string): readonly JsonMember[] => {
  if (text.trim() === '') return [];
  try {
    const { members } = parseObject(text);
    for (const { key, keyStart, value } of members) {
      const fault = dockerOptionFault(key, jsonOf(value));
      if (fault !== undefined) throw new TextSyntaxError(keyStart, `${key} ${fault}`);
    }
    return members;
  } catch (error) {
    if (error instanceof TextSyntaxError) throw refused(path, text, error.offset, error.message);
    throw error;
  }
};

export const keysOf = (members: readonly JsonMember[]): Readonly<Record<string, Json>> =>
  Object.fromEntries(members.map(({ key, value }) => [key, jsonOf(value)]));

const decoded = (path: string, content: string): string => {
  try {
    // A byte order mark is left in: Docker does not take it either.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(content, 'latin1'));
  } catch (cause) {
    throw new BootletError('E_NETWORK_REFUSED', `${path} is not UTF-8`, {
      hint: `mend ${path}: Docker itself would not start with it; nothing was touched`,
      cause,
      retryable: false,
    });
  }
};

/** @throws BootletError E_NETWORK_REFUSED, with file:line:column where it cannot be understood */
export const readDaemonJson = async (path: string): Promise<DaemonJson> => {
  const { content, changedAt, hasFolder, isWritable } = await readOwnedFile(path);
  const text = content === undefined ? undefined : decoded(path, content);
  return { text, keys: keysOf(membersOf(path, text ?? '')), changedAt, hasFolder, isWritable };
};

/**
 * Puts the text in place of the file, which keeps its mode and owner.
 * @param text undefined: the file goes, and its folder too unless `keepFolder`, if that holds nothing else
 */
export const writeDaemonJson = async (path: string, text: string | undefined, keepFolder = true): Promise<void> => {
  if (text === undefined) return removeOwnedFile(path, keepFolder);
  const { content, mode } = await readOwnedFile(path);
  // Proxies may have passwords.
  const fresh = 'proxies' in keysOf(membersOf(path, text)) ? PRIVATE : MODE;
  await writeOwnedFile(path, Buffer.from(text).toString('latin1'), content === undefined ? fresh : mode);
};
