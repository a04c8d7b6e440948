import { realpath, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { BootletError, systemCodeOf } from '../errors.ts';

export interface StateLock {
  /** The folder by the name that the kernel has for it, in mountinfo for one: no part of it is a link. */
  readonly folder: string;
  release(): Promise<void>;
}

/**
 * Makes this process the only bootlet on a state folder. The lock is an abstract unix socket named after the folder's
 * device and inode: the kernel takes it away with the process, however that ends, and no two names of one folder differ.
 * It holds within one network namespace.
 * @throws BootletError E_STATE_LOCKED
 */
export const lockState = async (folder: string): Promise<StateLock> => {
  const real = await realpath(folder);
  const { dev, ino } = await stat(folder, { bigint: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      if (systemCodeOf(error) !== 'EADDRINUSE') return reject(error);
      const hint = `stop the other bootlet (ss -xlp | grep bootlet-state shows it), or give this one its own paths.state`;
      reject(
        new BootletError('E_STATE_LOCKED', `another bootlet runs on ${folder}`, {
          hint,
          cause: error,
          retryable: false,
        }),
      );
    });
    server.listen(`\0bootlet-state-${dev}-${ino}`, resolve);
  });
  server.unref();
  return {
    folder: real,
    release: () => new Promise((resolve) => server.close(() => resolve())),
  };
};
