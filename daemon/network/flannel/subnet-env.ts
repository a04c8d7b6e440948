import { BootletError } from '../../errors.ts';
import { type Cidr, containsCidr, firstAddressOf, parseCidr, showCidr } from '../../host/ip/cidr.ts';
import type { FlannelSubnet } from '../resources.ts';

const keys = [
  'FLANNEL_NETWORK',
  'FLANNEL_SUBNET',
  'FLANNEL_IPV6_NETWORK',
  'FLANNEL_IPV6_SUBNET',
  'FLANNEL_MTU',
  'FLANNEL_IPMASQ',
] as const;
type Key = (typeof keys)[number];

interface Setting {
  readonly value: string;
  /** 1-based. */
  readonly line: number;
}

const isKey = (word: string): word is Key => keys.some((key) => key === word);

/** @param line undefined for what is wrong with the whole file */
export const refusedFile = (path: string, line: number | undefined, message: string): BootletError =>
  new BootletError('E_NETWORK_REFUSED', `${line === undefined ? path : `${path}:${line}`}: ${message}`, {
    hint: `flanneld writes ${path}: restart it, or see whether network.flannel.subnetFile names the right file`,
    retryable: false,
  });

const settingsIn = (text: string, path: string): ReadonlyMap<Key, Setting> => {
  const settings = new Map<Key, Setting>();
  for (const [index, content] of text.split('\n').entries()) {
    const line = index + 1;
    if (content === '' || content.startsWith('#')) continue;
    const [, key = '', value = ''] = /^([A-Z0-9_]+)=(.*)$/.exec(content) ?? [];
    if (key === '') throw refusedFile(path, line, `${JSON.stringify(content)} is no KEY=VALUE`);
    if (!isKey(key)) throw refusedFile(path, line, `${key} is none of ${keys.join(', ')}`);
    if (settings.has(key)) throw refusedFile(path, line, `${key} is there twice`);
    settings.set(key, { value, line });
  }
  return settings;
};

/**
 * Reads what flanneld writes (pkg/subnet/subnet.go, WriteSubnetFile). Never a shell: a value with quotes, or anything else
 * that a shell would read otherwise, is none that flanneld writes.
 * @throws BootletError E_NETWORK_REFUSED, with the line
 */
export const parseSubnetEnv = (text: string, path: string): FlannelSubnet => {
  const settings = settingsIn(text, path);
  const fail = (key: Key, what: string): BootletError => {
    const { value, line } = settings.get(key) ?? {};
    return refusedFile(
      path,
      line,
      `${key} must be ${what}${value === undefined ? '' : `, not ${JSON.stringify(value)}`}`,
    );
  };
  const read = <T>(key: Key, what: string, parse: (value: string) => T | undefined): T => {
    const setting = settings.get(key);
    const value = setting && parse(setting.value);
    if (value === undefined) throw fail(key, setting === undefined ? `there: ${what}` : what);
    return value;
  };
  const family = (networkKey: Key, subnetKey: Key, name: Cidr['family']): readonly [string, string][] => {
    if (!settings.has(networkKey) && !settings.has(subnetKey)) return [];
    const ofFamily = (value: string): Cidr | undefined => {
      const cidr = value.includes('/') ? parseCidr(value) : undefined;
      return cidr?.family === name ? cidr : undefined;
    };
    const network = read(networkKey, `a network of ${name === 'ipv4' ? 'IPv4' : 'IPv6'}`, ofFamily);
    const subnet = read(subnetKey, `the first address of a part of ${showCidr(network)} and its prefix`, (value) => {
      const cidr = ofFamily(value);
      const isFirst = cidr !== undefined && parseCidr(value.split('/')[0] ?? '')?.network === firstAddressOf(cidr);
      return isFirst && containsCidr(network, cidr) ? cidr : undefined;
    });
    return [[showCidr(network), showCidr(subnet)]];
  };
  const families = [
    ...family('FLANNEL_NETWORK', 'FLANNEL_SUBNET', 'ipv4'),
    ...family('FLANNEL_IPV6_NETWORK', 'FLANNEL_IPV6_SUBNET', 'ipv6'),
  ];
  if (families.length === 0) throw fail('FLANNEL_SUBNET', 'there');
  return {
    networks: families.map(([network]) => network),
    podCIDRs: families.map(([, subnet]) => subnet),
    mtu: read('FLANNEL_MTU', 'a number from 68 to 65535', (value) =>
      /^\d{2,5}$/.test(value) && Number(value) >= 68 && Number(value) <= 65_535 ? Number(value) : undefined,
    ),
    masquerades: read('FLANNEL_IPMASQ', 'true or false', (value) =>
      value === 'true' || value === 'false' ? value === 'true' : undefined,
    ),
  };
};
