import { networkInterfaces } from 'node:os';
import type { Clock } from '../reconcile/clock.ts';
import { readKernelFile } from './kernel-file.ts';

/** Asking the kernel costs a millisecond or so. */
const FRESH_MS = 5000;

/** The host's own addresses, as they are now or were a moment ago: a host may get one, or another, while the daemon runs. */
export const hostAddresses = (clock: Clock): (() => readonly string[]) => {
  let known: { readonly at: number; readonly addresses: readonly string[] } | undefined;
  return () => {
    const now = clock.now();
    if (known === undefined || Math.abs(now - known.at) > FRESH_MS) known = { at: now, addresses: readAddresses() };
    return known.addresses;
  };
};

/** Of the interface that the default route goes through, else of the first that is no loopback; one per family, IPv4 first. */
const readAddresses = (): readonly string[] => {
  const interfaces = networkInterfaces();
  const uplink = defaultInterface();
  const candidates =
    (uplink === undefined ? undefined : interfaces[uplink]) ?? Object.values(interfaces).flatMap((list) => list ?? []);
  const usable = candidates.filter((a) => !a.internal && !a.address.startsWith('fe80:'));
  return (['IPv4', 'IPv6'] as const).flatMap((family) => usable.find((a) => a.family === family)?.address ?? []);
};

/** Of the IPv4 default routes the one with the smallest metric (proc_net_route: destination 00000000 and mask 00000000). */
const defaultInterface = (): string | undefined => {
  const routes = (readKernelFile('/proc/net/route') ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));
  const defaults = routes.filter((r) => r[1] === '00000000' && r[7] === '00000000');
  return defaults.toSorted((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
};
