import { isAbsolute } from 'node:path';
import { containsCidr, type Family, parseCidr } from '../host/ip/cidr.ts';
import { type ConfigIssue, issueAt } from './issue.ts';
import { bridgeNameFault, mtuFault, podRangeFaults, type RangeFault, serviceRangeFaults } from './network-faults.ts';
import type { Config } from './schema.ts';
import { sysctlFault } from './sysctl-faults.ts';
import { placeOf, type Tree } from './tree.ts';

type Network = Config['network'];

interface Fault {
  readonly path: readonly string[];
  readonly message: string;
}

/** Of pods' addresses, as far as the configuration tells: IPv4 always. */
const familiesOf = ({ podCIDRs }: Network): readonly Family[] => [
  'ipv4',
  ...(podCIDRs.some((cidr) => parseCidr(cidr)?.family === 'ipv6') ? (['ipv6'] as const) : []),
];

const ranges = ({ podCIDRs, serviceCIDRs, flannel }: Network, nodeIPs: Config['nodeIPs']): readonly Fault[] => {
  if (podCIDRs.length > 0 && flannel.subnetFile !== '') {
    return [
      { path: ['podCIDRs'], message: 'must be empty where network.flannel.subnetFile names a file: that has it' },
    ];
  }
  return [
    ...rangesOf('podCIDRs', podCIDRs, [...podRangeFaults(podCIDRs), ...holding(podCIDRs, nodeIPs)]),
    ...rangesOf('serviceCIDRs', serviceCIDRs, [
      ...serviceRangeFaults(serviceCIDRs, podCIDRs),
      ...holding(serviceCIDRs, nodeIPs),
    ]),
  ];
};

const holding = (cidrs: readonly string[], nodeIPs: Config['nodeIPs']): readonly RangeFault[] => {
  const own = nodeIPs.flatMap((ip) => parseCidr(ip) ?? []);
  return cidrs.flatMap((cidr, index) => {
    const range = parseCidr(cidr);
    const held = own.find((ip) => range !== undefined && containsCidr(range, ip));
    return held ? [{ index, message: `holds ${held.network}, which is one of nodeIPs` }] : [];
  });
};

/** What could not be read at all was refused by itself. */
const rangesOf = (key: string, cidrs: readonly string[], faults: readonly RangeFault[]): readonly Fault[] =>
  faults
    .filter(({ index }) => cidrs[index] !== '')
    .map(({ index, message }) => ({ path: [key, String(index)], message }));

const bridge = (network: Network): readonly Fault[] => {
  const { name, mtu } = network.bridge;
  const nameFault = bridgeNameFault(name);
  const tooSmall = mtu === 0 ? undefined : mtuFault(mtu, familiesOf(network));
  return [
    ...(nameFault === undefined ? [] : [{ path: ['bridge', 'name'], message: nameFault }]),
    ...(tooSmall === undefined ? [] : [{ path: ['bridge', 'mtu'], message: tooSmall }]),
  ];
};

const sysctls = (network: Network): readonly Fault[] =>
  Object.entries(network.sysctls).flatMap(([name, value]) => {
    const message = sysctlFault(name, value, familiesOf(network));
    return message === undefined ? [] : [{ path: ['sysctls', name], message }];
  });

const restart = ({ docker }: Network): readonly Fault[] => {
  if (!Array.isArray(docker.restart)) return [];
  const [program] = docker.restart;
  if (program !== undefined && isAbsolute(program)) return [];
  return [{ path: ['docker', 'restart'], message: 'must begin with the absolute path of a program' }];
};

/** What is wrong with the settings of the network that each by itself are well written. */
export const networkInconsistencies = ({ network, nodeIPs }: Config, tree: Tree): readonly ConfigIssue[] =>
  [...ranges(network, nodeIPs), ...bridge(network), ...sysctls(network), ...restart(network)].map(
    ({ path, message }) => {
      const at = placeOf(tree, ['network', ...path]);
      const field = ['network', ...path].join('.').replace(/\.(\d+)$/, '[$1]');
      return issueAt(at, field, message);
    },
  );
