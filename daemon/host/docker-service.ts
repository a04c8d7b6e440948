import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerProcess } from './docker-process.ts';
import { readKernelFile } from './kernel-file.ts';
import { cgroupOf } from './processes.ts';

/** Who starts dockerd again: a command, and the systemd unit that it is about, if it is one. */
export interface DockerService {
  readonly command: readonly [string, ...string[]];
  readonly unit?: string;
}

export interface DockerServiceOptions {
  /** `network.docker.restart` */
  readonly policy: 'auto' | 'never' | readonly string[];
  /** The host's root folder; `/` but in tests. */
  readonly root: string;
}

const INIT_SCRIPT = 'etc/init.d/docker';
/** Docker's own, and the one that Debian's script makes by start-stop-daemon. */
const PID_FILES = ['run/docker.pid', 'run/docker-ssd.pid', 'var/run/docker.pid', 'var/run/docker-ssd.pid'];

/** The unit in whose control group the process is; undefined where systemd does not run, or it is in nobody's. */
export const unitOf = (root: string, pid: number): string | undefined => {
  if (!existsSync(join(root, 'run/systemd/system'))) return undefined;
  const group = /^(?:0:|\d+:name=systemd):(.*)$/m.exec(cgroupOf(join(root, 'proc'), pid))?.[1] ?? '';
  return group.split('/').findLast((name) => /^[\w:.@\\-]+\.service$/.test(name));
};

const ofInitScript = (root: string, pid: number): boolean =>
  existsSync(join(root, INIT_SCRIPT)) &&
  PID_FILES.some((file) => Number.parseInt(readKernelFile(join(root, file)) ?? '', 10) === pid);

const ofUnit = (unit: string): DockerService => ({ command: ['systemctl', 'restart', unit], unit });

/**
 * Who may start dockerd again as things are; a string says why nobody, and the way out.
 * @param found undefined: it does not run now, and whoever usually starts it is meant
 */
export const dockerService = (
  { policy, root }: DockerServiceOptions,
  found: Pick<DockerProcess, 'pid'> | undefined,
): DockerService | string => {
  if (policy === 'never') return 'network.docker.restart is never: restart it when it suits';
  if (policy !== 'auto') {
    const [program, ...args] = policy;
    return program === undefined ? 'network.docker.restart is an empty list' : { command: [program, ...args] };
  }
  const isSystemd = existsSync(join(root, 'run/systemd/system'));
  const unit = found === undefined ? (isSystemd ? 'docker.service' : undefined) : unitOf(root, found.pid);
  if (unit !== undefined) return ofUnit(unit);
  const isScripts = found === undefined ? existsSync(join(root, INIT_SCRIPT)) : ofInitScript(root, found.pid);
  if (isScripts && !isSystemd) return { command: [`/${INIT_SCRIPT}`, 'restart'] };
  return 'neither a systemd unit nor /etc/init.d/docker has started it: restart it as it was started, or give the command that does as network.docker.restart';
};
