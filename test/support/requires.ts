import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const isOnPath = (command: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    const file = join(folder, command);
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      return false;
    }
  });

/**
 * The value for a test's `skip` option: false when every command is on the PATH, else the reason.
 * In CI (CI=true) nothing may be skipped, so there it throws instead.
 */
export const missing = (...commands: string[]): string | false => {
  const absent = commands.filter((command) => !isOnPath(command));
  return skipUnless(absent.length === 0, `not on this machine: ${absent.join(', ')}`);
};

/** The same for any other condition of the machine (root, a kernel feature): false when it holds, else the reason. */
export const skipUnless = (holds: boolean, reason: string): string | false => {
  if (holds) return false;
  if (process.env['CI'] === 'true') throw new Error(`CI must not skip this suite: ${reason}`);
  return reason;
};
