import type { ChainName, Jump } from '../../host/iptables/plan-rules.ts';
import { comment } from '../../host/iptables/rule-text.ts';
import type { HostPort } from '../../shared-resources.ts';
import type { Family } from '../resources.ts';
import { isAny, isOnLoopback, plainAddress, targetIn } from './addresses.ts';

export const HOSTPORTS = { table: 'nat', chain: 'BOOTLET-HOSTPORTS' } as const satisfies ChainName;
export const MASQUERADE = { table: 'nat', chain: 'BOOTLET-HOSTPORTS-MASQ' } as const satisfies ChainName;

/** Built-in chains that lead to them. */
export const FROM = [
  { table: 'nat', chain: 'PREROUTING' },
  { table: 'nat', chain: 'OUTPUT' },
  { table: 'nat', chain: 'POSTROUTING' },
] as const satisfies readonly ChainName[];

export interface HostPortRules {
  readonly chains: readonly (ChainName & { readonly rules: readonly string[] })[];
  readonly jumps: readonly Jump[];
}

/**
 * The rules that lead ports of the host to pods in one family; undefined: none are needed. What comes from outside passes
 * PREROUTING, what the host sends itself passes OUTPUT. Another source address is needed only where the answer would not
 * come back this way: from the pod to itself, and from a loopback address, which cannot leave the host.
 */
export const hostPortRules = (family: Family, ports: readonly HostPort[]): HostPortRules | undefined => {
  const targets = ports.flatMap((port) => {
    const target = targetIn(family, port);
    return target === undefined ? [] : [{ port, ip: plainAddress(target) }];
  });
  if (targets.length === 0) return undefined;
  const length = family === 'ipv4' ? 32 : 128;
  const fromLoopback = new Set(targets.flatMap(({ port, ip }) => (isOnLoopback(port) ? [ip] : [])));
  const masquerade = [...new Set(targets.map(({ ip }) => ip))].flatMap((ip) => [
    `-s ${ip}/${length} -d ${ip}/${length} ${comment('a pod to itself')} -j MASQUERADE`,
    ...(family === 'ipv4' && fromLoopback.has(ip)
      ? [`-s 127.0.0.0/8 -d ${ip}/32 ${comment('from loopback')} -j MASQUERADE`]
      : []),
  ]);
  return {
    chains: [
      { ...HOSTPORTS, rules: targets.map(({ port, ip }) => dnat(port, family, ip)) },
      { ...MASQUERADE, rules: masquerade },
    ],
    jumps: jumpsOf(family),
  };
};

/** Of one port in one family. @param ip of the pod */
const dnat = ({ hostIP, hostPort, containerPort, protocol, pod }: HostPort, family: Family, ip: string): string => {
  const on = isAny(hostIP) ? '' : `-d ${plainAddress(hostIP)}/${family === 'ipv4' ? 32 : 128} `;
  const to = family === 'ipv4' ? `${ip}:${containerPort}` : `[${ip}]:${containerPort}`;
  const name = protocol.toLowerCase();
  return `${on}-p ${name} -m ${name} --dport ${hostPort} ${comment(pod)} -j DNAT --to-destination ${to}`;
};

const jumpsOf = (family: Family): readonly Jump[] => {
  const local = `-m addrtype --dst-type LOCAL ${comment('host ports')} -j ${HOSTPORTS.chain}`;
  // The kernel sends nothing from ::1 to a pod: what listens there is to be reached, or nothing.
  const fromHost = family === 'ipv6' ? `! -d ::1/128 ${local}` : local;
  const translated = `-m conntrack --ctstate DNAT ${comment('host ports')} -j ${MASQUERADE.chain}`;
  return [
    { table: 'nat', from: 'PREROUTING', rule: local, at: 'end' },
    { table: 'nat', from: 'OUTPUT', rule: fromHost, at: 'end' },
    { table: 'nat', from: 'POSTROUTING', rule: translated, at: 'end' },
  ];
};
