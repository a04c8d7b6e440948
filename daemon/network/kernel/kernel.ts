import type { Config } from '../../config/schema.ts';
import { BootletError } from '../../errors.ts';
import { loadModule, unloadModule } from '../../host/kernel-modules.ts';
import type { RunTool } from '../../host/run-tool.ts';
import { type SysctlFiles, sysctlName } from '../../host/sysctls.ts';
import { type HostSetting, hostSetting } from '../host-setting.ts';
import { checkWritable, giveBackFile, MODE, writeOwnedFile } from '../owned-file.ts';
import { diffKernel, entryOf } from './diff-kernel.ts';
import type { KernelChange } from './kernel-change.ts';
import { BR_NETFILTER, FILES_HINT, type KernelOptions, observeKernel, type SeenKernel } from './observe-kernel.ts';
import { IP_FORWARD } from './wanted-sysctls.ts';

/** Of the kernel that bootlet runs on. */
export const kernelOptions = (
  { mode, network, paths }: Pick<Config, 'mode' | 'network' | 'paths'>,
  sysctls: SysctlFiles,
  run: RunTool,
): KernelOptions => ({
  run,
  sysctls,
  root: '/',
  isStandalone: mode === 'standalone',
  configured: network.sysctls,
  sysctlFile: paths.sysctlFile,
  modulesFile: paths.modulesFile,
});

/** @throws BootletError E_NETWORK_REFUSED where a change could not be made, before any is */
const checkAllowed = (changes: readonly KernelChange[], observed: SeenKernel, { sysctls }: KernelOptions): void => {
  for (const { step, object } of changes) {
    if (step.do === 'write' || step.do === 'give back') {
      for (const file of observed.files.filter(({ path }) => path === step.path)) checkWritable(file, FILES_HINT);
    }
    if (step.do !== 'set') continue;
    const readOnly = step.values.find(([path]) => sysctls.read(path) !== undefined && !sysctls.isWritable(path));
    if (readOnly !== undefined) {
      throw new BootletError('E_NETWORK_REFUSED', `${object} cannot be set: /proc/sys is read-only`, {
        hint: `run bootlet where it may write /proc/sys, or set ${sysctlName(readOnly[0])} to ${readOnly[1]} yourself`,
        retryable: false,
      });
    }
  }
};

/**
 * What the host's network needs of the kernel, now and in the files by which it holds after a reboot before bootlet runs. It
 * comes before everything else: Docker makes FORWARD drop what is not its own when it is Docker that switches forwarding on.
 */
export const kernelSetting = (options: KernelOptions): HostSetting => {
  const { sysctls, run } = options;
  const diff = diffKernel(options);
  return hostSetting<SeenKernel, KernelChange>({
    name: 'kernel',
    after: [],
    wokenBy: ['links'],
    polled: true,
    // Docker that starts with its own options again switches it on by itself, as before. That of IPv6 it also switches on
    // for what it remembers of bootlet's network.
    goesBefore: { setting: 'docker', entries: [entryOf(IP_FORWARD)] },
    observe: async (spec, originals) => {
      const observed = await observeKernel(options, spec, originals);
      checkAllowed(diff({ spec, observed, originals }), observed, options);
      return observed;
    },
    diff,
    apply: async ({ step }) => {
      switch (step.do) {
        case 'set':
          // An interface may have gone since.
          for (const [path, value] of step.values) {
            if (sysctls.read(path) !== undefined) await sysctls.write(path, value);
          }
          return;
        case 'write':
          return writeOwnedFile(step.path, step.content, MODE);
        case 'give back':
          return giveBackFile(step.path, step.original);
        case 'load':
          return loadModule(BR_NETFILTER, run);
        case 'unload':
          return unloadModule(BR_NETFILTER, run);
        case 'nothing':
          return;
        default:
          return step satisfies never;
      }
    },
  });
};
