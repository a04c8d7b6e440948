import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCodeOf } from '../../errors.ts';
import { hostnameOf, kernelHostname } from '../create/hostname.ts';
import { hostsFile } from '../create/hosts-file.ts';
import type { PodFiles } from '../create/pod-files.ts';
import { type ClusterDNS, type DNSWarning, hostResolver, resolvConf } from '../create/resolv-conf.ts';
import type { Pod } from '../v1.ts';

/** Writes the files that the containers of a pod share: hosts, resolv.conf, hostname. They are written in place, since running containers have them mounted. Resolves with what a user should know of the resolver. */
export const writePodFiles = async (
  pod: Pod,
  files: PodFiles,
  dns: ClusterDNS,
  podIPs: readonly string[],
): Promise<readonly DNSWarning[]> => {
  await mkdir(files.root, { recursive: true, mode: 0o750 });
  const [hosts, resolver] = await Promise.all([readOrEmpty('/etc/hosts'), hostResolver(pod, readOrEmpty)]);
  const { text, warnings } = resolvConf(pod, resolver, dns);
  await Promise.all([
    writeFile(files.hosts, hostsFile(pod, hostnameOf(pod, dns.domain), podIPs, hosts), { mode: 0o644 }),
    writeFile(files.resolvConf, text, { mode: 0o644 }),
    writeFile(files.hostname, `${kernelHostname(pod, dns.domain)}\n`, { mode: 0o644 }),
  ]);
  return warnings;
};

/** The file that a container finds at its terminationMessagePath. World-writable, whoever the container runs as. */
export const makeTerminationLog = async (path: string): Promise<void> => {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  const file = await open(path, 'a');
  try {
    await file.chmod(0o666);
  } finally {
    await file.close();
  }
};

const readOrEmpty = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return '';
    throw error;
  }
};
