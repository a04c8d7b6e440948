import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Scope } from '../lab/scope.ts';

/** A folder that goes after all that is taken down later was taken down: tap's own testdir would go before what still writes to it. */
export const stateFolder = (t: Scope): string => {
  const folder = mkdtempSync(join(tmpdir(), 'bl-state-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
};
