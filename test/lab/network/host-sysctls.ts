import { execFileSync } from 'node:child_process';
import type { Sysctls } from '../../../daemon/host/sysctls.ts';
import { inNamespaces } from '../child.ts';
import type { Host } from './host.ts';

/** The kernel's settings of a host of the lab: those of a network namespace are seen only from within. */
export const hostSysctlsOf = (host: Host): Sysctls => ({
  read: (path) => {
    const [nsenter, ...args] = inNamespaces(host, ['cat', `/proc/sys/${path}`]);
    try {
      return execFileSync(nsenter, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trimEnd();
    } catch {
      return undefined;
    }
  },
  write: async (path, value) => {
    const { code, stderr } = await host.tryRun('tee', [`/proc/sys/${path}`], { input: value });
    if (code !== 0) throw new Error(stderr);
  },
});
