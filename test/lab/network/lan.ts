import { newNetns } from '../netns.ts';
import { run } from '../run.ts';
import type { Scope } from '../scope.ts';

/** Addresses for documentation, RFC 5737 and RFC 3849: no range of pods holds them. */
const PREFIXES = { ipv4: '192.0.2', ipv6: '2001:db8' } as const;
const FIRST_HOST = 10;

/** What hosts of the lab are attached to: their router and all that is outside of them. It routes to no pod. */
export interface Lan {
  readonly netns: string;
  /** Of the router. */
  readonly addresses: { readonly ipv4: string; readonly ipv6: string };
  /** Gives the namespace an interface `eth0` on this network. */
  attach(netns: string): Promise<{ readonly ipv4: string; readonly ipv6: string }>;
}

export const newLan = async (scope: Scope): Promise<Lan> => {
  const netns = await newNetns(scope);
  const addresses = { ipv4: `${PREFIXES.ipv4}.1`, ipv6: `${PREFIXES.ipv6}::1` };
  const ip = (...args: string[]) => run('ip', ['-n', netns, ...args]);
  await ip('link', 'add', 'lan', 'up', 'type', 'bridge');
  await ip('address', 'add', `${addresses.ipv4}/24`, 'dev', 'lan');
  await ip('address', 'add', `${addresses.ipv6}/64`, 'dev', 'lan', 'nodad');
  let attached = 0;
  return {
    netns,
    addresses,
    attach: async (host) => {
      const number = FIRST_HOST + attached;
      attached += 1;
      await ip('link', 'add', `to${number}`, 'up', 'master', 'lan', 'type', 'veth', 'peer', 'eth0', 'netns', host);
      return { ipv4: `${PREFIXES.ipv4}.${number}`, ipv6: `${PREFIXES.ipv6}::${number}` };
    },
  };
};
