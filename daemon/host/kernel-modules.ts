import { existsSync } from 'node:fs';
import { BootletError } from '../errors.ts';
import { outputOf, type RunTool } from './run-tool.ts';

/** A part of the kernel that may be a module. */
export interface KernelModule {
  readonly name: string;
  /** A file that is there once the kernel has it, built in or loaded. */
  readonly sign: string;
}

/** `none`: neither loaded nor to be had for this kernel. */
export type ModuleState = 'built-in' | 'loaded' | 'loadable' | 'none';

export const moduleState = async ({ name, sign }: KernelModule, run: RunTool, root = '/'): Promise<ModuleState> => {
  // Only what can be taken out again has a state of its own there.
  if (existsSync(`${root}/sys/module/${name}/initstate`)) return 'loaded';
  if (existsSync(`${root}/${sign}`)) return 'built-in';
  const { exitCode } = await run('modprobe', ['--dry-run', '--quiet', name]);
  return exitCode === 0 ? 'loadable' : 'none';
};

/** @throws BootletError E_HOST_COMMAND */
export const loadModule = async ({ name }: KernelModule, run: RunTool): Promise<void> => {
  await outputOf(run, 'modprobe', [name]);
};

/** One that somebody uses by now stays. @throws BootletError E_HOST_COMMAND, E_TIMEOUT where modprobe cannot be run */
export const unloadModule = async ({ name }: KernelModule, run: RunTool): Promise<void> => {
  const { exitCode, stderr } = await run('modprobe', ['--remove', name]);
  if (exitCode !== 0 && !/in use/i.test(stderr)) {
    throw new BootletError('E_HOST_COMMAND', `modprobe --remove ${name}: ${stderr.trim() || `exit code ${exitCode}`}`);
  }
};
