import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { inNamespaces, startChild } from '../child.ts';
import { newNetns } from '../netns.ts';
import { run } from '../run.ts';
import type { Scope } from '../scope.ts';
import type { Host } from './host.ts';

const SERVER = join(import.meta.dirname, 'peer-server.ts');
const READY_MS = 20_000;

/** All that the network sees of a pod: a namespace on the host's bridge with an address of each family. */
export interface LabPod {
  readonly netns: string;
  readonly addresses: readonly string[];
}

export interface LabPodOptions {
  readonly bridge: string;
  /** By family: the pod's address, the length of its prefix, and the gateway. */
  readonly interfaces: readonly { readonly address: string; readonly prefixLength: number; readonly gateway: string }[];
}

/** Puts a pod on a host as Docker does: a veth of which one end is a port of the bridge. */
export const newPod = async (scope: Scope, host: Host, { bridge, interfaces }: LabPodOptions): Promise<LabPod> => {
  const netns = await newNetns(scope);
  const port = `veth${randomBytes(3).toString('hex')}`;
  const inPod = (...args: string[]) => run('ip', ['-n', netns, ...args]);
  await run('ip', ['-n', host.netns, 'link', 'add', port, 'type', 'veth', 'peer', 'eth0', 'netns', netns]);
  await run('ip', ['-n', host.netns, 'link', 'set', port, 'up', 'master', bridge]);
  await inPod('link', 'set', 'eth0', 'up');
  for (const { address, prefixLength, gateway } of interfaces) {
    await inPod('address', 'add', `${address}/${prefixLength}`, 'dev', 'eth0', 'nodad');
    await inPod('route', 'add', 'default', 'via', gateway);
  }
  return { netns, addresses: interfaces.map(({ address }) => address) };
};

/** Answers whoever connects with the address that it sees them come from, in that namespace. */
export const servePeers = async (scope: Scope, netns: string, port: number): Promise<void> => {
  const server = startChild([process.execPath, SERVER, String(port)], { netns });
  scope.teardown(() => server.end('SIGTERM'));
  await server.line(/listening/, READY_MS);
};

/** The address as which a process of the namespace is seen at a server of `servePeers`. Throws if it cannot reach it. */
export const seenFrom = async (netns: string, address: string, port: number): Promise<string> => {
  const [nsenter, ...args] = inNamespaces({ netns }, ['busybox', 'nc', '-w', '5', address, String(port)]);
  return (await run(nsenter, args)).trim();
};
