import { cgroupfsV1, cgroupfsV2 } from '../host/cgroups/cgroupfs.ts';
import type { Cgroups } from '../host/cgroups/cgroups.ts';
import { systemdCgroups } from '../host/cgroups/systemd.ts';
import { runCommand } from '../host/command.ts';
import { PodCgroups } from '../pods/cgroup/pod-cgroups.ts';
import type { ContainerRuntime, RuntimeCgroups } from '../runtime/runtime.ts';
import type { Foundation } from './foundation.ts';

const ROOT = '/sys/fs/cgroup';
/** systemd answers within milliseconds. */
const SYSTEMCTL_MS = 10_000;

/** Cgroups of pods, in the way that the runtime handles its own. */
export const buildCgroups = (
  { config, store }: Pick<Foundation, 'config' | 'store'>,
  runtime: Pick<ContainerRuntime, 'cgroups'>,
): PodCgroups =>
  new PodCgroups({
    store,
    // A kubelet on the same host kills what it finds below its own and does not know.
    root: config.mode === 'standalone' ? 'kubepods' : 'bootlet',
    cgroups: async () => cgroupsOf(await runtime.cgroups()),
  });

const cgroupsOf = ({ driver, version }: RuntimeCgroups): Cgroups | undefined => {
  if (driver === 'none') return undefined;
  if (driver === 'cgroupfs') return version === 2 ? cgroupfsV2(ROOT) : cgroupfsV1(ROOT);
  const systemctl = (args: readonly string[]) => runCommand('systemctl', args, SYSTEMCTL_MS, process.env).result;
  return systemdCgroups({ root: ROOT, version, systemctl });
};
