import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Tells of each thing that this process does to the host by itself, once it is done: a file that was written (which
 * is renamed to its name at last) or removed, a signal that was sent. For tests that end the process there; none of it is other than it was.
 */
export const tellEffects = (tell: (effect: string) => void): void => {
  const { rename, unlink } = promises;
  const kill = process.kill.bind(process);
  Object.assign(promises, {
    rename: async (...args: Parameters<typeof rename>) => {
      await rename(...args);
      tell(`wrote ${String(args[1])}`);
    },
    unlink: async (...args: Parameters<typeof unlink>) => {
      await unlink(...args);
      tell(`removed ${String(args[0])}`);
    },
  });
  syncBuiltinESMExports();
  process.kill = (pid, signal) => {
    const isSent = kill(pid, signal);
    if (pid !== process.pid && signal !== 0) tell(`sent ${signal}`);
    return isSent;
  };
};
