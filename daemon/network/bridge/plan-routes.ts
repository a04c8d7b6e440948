import { parseCidr, showCidr } from '../../host/ip/cidr.ts';
import type { Route } from '../../host/ip/routes.ts';
import type { BridgeChange } from './bridge-change.ts';
import type { ObservedBridge } from './observe.ts';
import type { BridgeTarget } from './target.ts';

/** The kernel's own, which it makes with an address (RTPROT_KERNEL), so that it also takes it away with that. */
const routeTo = (bridge: string, network: string, address: string): readonly string[] => {
  const route = ['route', 'replace', network, 'dev', bridge, 'proto', 'kernel'];
  // IP6_RT_PRIO_ADDRCONF
  return address.includes(':') ? [...route, 'metric', '256'] : [...route, 'scope', 'link', 'src', address];
};

/**
 * What makes the routes to the containers that the kernel made with the bridge's addresses, and somebody deleted: it does
 * not make them again while the addresses are there.
 */
export const planRoutes = (
  { name, addresses: wanted }: BridgeTarget,
  { attributes, addresses: seen }: Pick<ObservedBridge, 'attributes' | 'addresses'>,
  routes: readonly Route[],
): readonly BridgeChange[] => {
  if (attributes?.state !== 'up') return [];
  const direct = routes.filter(({ device, gateway }) => device === name && gateway === undefined);
  return wanted
    .filter((address) => seen.includes(address))
    .flatMap((address) => {
      const cidr = parseCidr(address);
      if (cidr === undefined) return [];
      const network = showCidr(cidr);
      if (direct.some(({ destination }) => destination === network)) return [];
      return {
        object: `route ${network} on ${name}`,
        before: undefined,
        after: `${network} dev ${name}`,
        // It goes with the address.
        ledger: { do: 'nothing' },
        commands: [{ kind: 'ip', args: routeTo(name, network, address.split('/')[0] ?? '') }],
      };
    });
};
