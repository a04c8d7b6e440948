import { BlockList, isIP } from 'node:net';
import { hostCheck, type PreflightCheck, passed, warning } from './check.ts';

const NAMES = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];

/** Whether `NO_PROXY` spares a host, as Go's httpproxy reads it, which kubectl and dockerd do. */
const isSpared = (noProxy: string, host: string): boolean =>
  noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => {
      if (entry === '*' || entry === host) return true;
      const [network = '', length] = entry.split('/');
      if (length !== undefined && isIP(network) !== 0 && isIP(network) === isIP(host)) {
        const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
        const list = new BlockList();
        list.addSubnet(network, Number(length), family);
        return list.check(host, family);
      }
      return entry !== '' && host.endsWith(entry.startsWith('.') ? entry : `.${entry}`);
    });

/**
 * bootlet itself asks no proxy for the cluster; other programs of this host, kubectl for one, would.
 * @param environment of whoever asks
 */
export const proxyCheck = (
  environment: Readonly<Record<string, string | undefined>>,
  servers: readonly string[],
): PreflightCheck => {
  const proxy = NAMES.find((name) => (environment[name] ?? '') !== '');
  if (proxy === undefined) return hostCheck('ProxyVariables', passed('none are set'));
  const noProxy = environment['NO_PROXY'] ?? environment['no_proxy'] ?? '';
  const hosts = servers.map((server) => new URL(server).hostname.replace(/^\[|\]$/g, ''));
  const caught = hosts.filter((host) => !isSpared(noProxy, host));
  if (caught.length === 0)
    return hostCheck('ProxyVariables', passed(`${proxy} is set, and NO_PROXY spares the cluster`));
  const message = `${proxy} is set and NO_PROXY does not name ${caught.join(', ')}: bootlet asks no proxy, but kubectl on this host would`;
  return hostCheck(
    'ProxyVariables',
    warning(message, `NO_PROXY=${[noProxy, ...caught].filter((word) => word !== '').join(',')}`),
  );
};
