import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

/**
 * The command line that runs bootlet: BOOTLET_BINARY if set, else `dist/bootlet` unless a source is newer, else the
 * sources themselves.
 */
export const bootletProgram = (): readonly [string, ...string[]] => {
  const named = process.env['BOOTLET_BINARY'];
  if (named !== undefined) return [named];
  const built = join(ROOT, 'dist/bootlet');
  if (existsSync(built) && statSync(built).mtimeMs >= newestSource()) return [built];
  return [process.execPath, join(ROOT, 'daemon/cli.ts')];
};

const newestSource = (): number =>
  Math.max(...globSync('daemon/**/*.ts', { cwd: ROOT }).map((file) => statSync(join(ROOT, file)).mtimeMs));
