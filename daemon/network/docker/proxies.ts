import { parseCidr, showCidr } from '../../host/ip/cidr.ts';
import type { HostNetwork } from '../../host/ip/host-network.ts';
import type { Json } from '../../host/json-value.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import type { NetworkSpec } from '../resources.ts';
import { type DockerChange, ofDockerd } from './steps.ts';
import { hasProxiesKey, wantedProxies } from './wanted-keys.ts';

/**
 * What no proxy is asked for: the host itself, its pods, and the networks by which it reaches others: not those of
 * tunnels, bridges of Docker and whatever else comes and goes. Sorted: another order would be another text.
 */
export const neverByProxy = ({ ranges, bridge }: NetworkSpec, { links, routes }: HostNetwork): readonly string[] => {
  const uplinks = routes.filter(({ destination }) => destination === 'default').map(({ device }) => device);
  const networks = links
    .filter(({ name, isPointToPoint }) => uplinks.includes(name) && !isPointToPoint && name !== bridge.name)
    .flatMap(({ addresses }) => addresses.filter(({ scope }) => scope === 'global'))
    .flatMap(({ address, prefixLength }) => parseCidr(`${address}/${prefixLength}`) ?? []);
  const own = [...ranges.map(({ cidr }) => cidr), ...networks.map(showCidr)];
  return ['localhost', '127.0.0.0/8', '::1', ...[...new Set(own)].sort()];
};

export interface ProxyInput {
  readonly options: Readonly<Record<string, Json>>;
  readonly noProxy: readonly string[];
  readonly engine: EngineState | undefined;
  /** `NAME=value`, of dockerd. */
  readonly environment: readonly string[];
}

/** Docker before 23 takes proxies only from its environment, which is its unit's: it is told, without the proxies' passwords. */
export const proxyAdvice = ({ options, noProxy, engine, environment }: ProxyInput): readonly DockerChange[] => {
  const proxies = wantedProxies(options, noProxy);
  if (proxies === undefined || engine === undefined || hasProxiesKey(engine)) return [];
  if (environment.some((assignment) => /^https?_proxy=./i.test(assignment))) return [];
  const advice = `Docker ${engine.version} takes proxies only from its environment: give HTTP_PROXY, HTTPS_PROXY and NO_PROXY=${proxies['no-proxy']} to its unit (systemctl edit docker.service, [Service], Environment=) and restart it`;
  return [{ ...ofDockerd('no proxies', 'proxies', { do: 'nothing' }), advice }];
};
