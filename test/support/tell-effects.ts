import { subscribe } from 'node:diagnostics_channel';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/**
 * Tells of each thing that this process does to the host by itself, once it is done: a file that was written (which
 * is renamed to its name at last) or removed, a signal that was sent, a call of Docker's API that was answered. For tests
 * that end the process there; none of it is other than it was.
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
  subscribe('undici:request:trailers', (message) => {
    const { method, path } = (message as { readonly request: { readonly method: string; readonly path: string } })
      .request;
    // Those of two runs have not the same version before, nor the same ids within.
    const call = path.replace(/^\/v[\d.]+/, '').replace(/\b[\da-f]{64}\b/g, 'ID');
    if (method !== 'GET') tell(`${method} ${call}`);
  });
  process.kill = (pid, signal) => {
    const isSent = kill(pid, signal);
    if (pid !== process.pid && signal !== 0) tell(`sent ${signal}`);
    return isSent;
  };
};
