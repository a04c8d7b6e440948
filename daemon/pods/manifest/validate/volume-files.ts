import { localPath } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

/** Permission bits of a file that Kubernetes writes. */
export const checkMode = (mode: number | undefined, at: Field, issues: Issues): void => {
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    issues.invalid(at, mode, 'must be between 0 and 0777 (octal; 511 in decimal)');
};

export const checkFilePath = (path: string | undefined, at: Field, issues: Issues): void => {
  if (!path) issues.required(at);
  else issues.form(at, path, localPath);
};

/** Which key of a ConfigMap or Secret goes to which file. */
export const checkKeys = (items: readonly Draft<'KeyToPath'>[], at: Field, issues: Issues): void => {
  for (const [i, { key, path, mode }] of items.entries()) {
    const here = at.index(i);
    if (!key) issues.required(here.child('key'));
    checkFilePath(path, here.child('path'), issues);
    checkMode(mode, here.child('mode'), issues);
  }
};
