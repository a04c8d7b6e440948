import { createHash } from 'node:crypto';
import { BootletError, messageOf, systemCodeOf } from '../../errors.ts';
import { readTrusted } from '../../host/trusted-file.ts';
import { maxManifestBytes } from '../manifest/decode/text.ts';
import type { ManifestIssue, ManifestResult } from '../manifest/read.ts';
import type { ManifestFile } from '../resources.ts';

/** @param source path of the file, or URL, that the bytes come from */
export type ReadManifest = (bytes: Uint8Array, source: string) => ManifestResult;

const tooLarge: ManifestIssue = {
  field: '',
  line: 1,
  column: 1,
  code: 'E_MANIFEST_TOO_LARGE',
  message: `the file is larger than ${maxManifestBytes / 1024 / 1024} MiB`,
  hint: 'a manifest holds one Pod; this file is something else',
};

/** A file that gives no content, and why. */
export const refused = (path: string, error: unknown): ManifestFile => ({
  state: 'refused',
  path,
  code: error instanceof BootletError ? error.code : 'E_FILE_UNREADABLE',
  message: messageOf(error),
  hint: (error instanceof BootletError ? error.hint : undefined) ?? `check that root can read ${path}`,
});

const pointsNowhere = (path: string, cause: unknown): BootletError =>
  new BootletError('E_FILE_UNREADABLE', `${path} is a link to a file that does not exist`, {
    hint: `ls -l ${path} shows where it points; put the file there or remove the link`,
    cause,
  });

/** What the file says now. */
export const readEntry = async (path: string, read: ReadManifest): Promise<ManifestFile> => {
  let bytes: Uint8Array;
  try {
    bytes = await readTrusted(path, maxManifestBytes);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return refused(path, pointsNowhere(path, error));
    if (!(error instanceof BootletError) || error.code !== 'E_FILE_UNREADABLE') return refused(path, error);
    return { state: 'invalid', path, contentHash: '', errors: [tooLarge], warnings: [] };
  }
  const contentHash = createHash('sha256').update(bytes).digest('hex');
  const result = read(bytes, path);
  return result.ok
    ? { state: 'valid', path, contentHash, bytes, pod: result.pod, warnings: result.warnings }
    : { state: 'invalid', path, contentHash, errors: result.errors, warnings: result.warnings };
};
