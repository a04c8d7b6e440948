import { parseCidr, showCidr } from '../../host/ip/cidr.ts';
import type { HostNetwork } from '../../host/ip/host-network.ts';
import type { Json } from '../../host/json-value.ts';
import type { EngineState } from '../../runtime/docker/engine-state.ts';
import type { NetworkSpec } from '../resources.ts';
import { hasProxies, isProxiedBy, proxyVariables } from './proxy-drop-in.ts';
import { type DockerChange, ofDockerd } from './steps.ts';
import { hasProxiesKey } from './wanted-keys.ts';

/**
 * What no proxy is asked for: the host itself, its pods, the cluster's services, and the networks by which it reaches others: not those of
 * tunnels, bridges of Docker and whatever else comes and goes. Sorted: another order would be another text.
 */
export const neverByProxy = (
  { ranges, serviceCIDRs, bridge }: NetworkSpec,
  { links, routes }: HostNetwork,
): readonly string[] => {
  const uplinks = routes.filter(({ destination }) => destination === 'default').map(({ device }) => device);
  const networks = links
    .filter(({ name, isPointToPoint }) => uplinks.includes(name) && !isPointToPoint && name !== bridge.name)
    .flatMap(({ addresses }) => addresses.filter(({ scope }) => scope === 'global'))
    .flatMap(({ address, prefixLength }) => parseCidr(`${address}/${prefixLength}`) ?? []);
  const own = [...ranges.map(({ cidr }) => cidr), ...serviceCIDRs, ...networks.map(showCidr)];
  return ['localhost', '127.0.0.0/8', '::1', ...[...new Set(own)].sort()];
};

export interface ProxyInput {
  readonly options: Readonly<Record<string, Json>>;
  readonly noProxy: readonly string[];
  readonly engine: EngineState | undefined;
  /** `NAME=value`, of dockerd. */
  readonly environment: readonly string[];
  /** The systemd unit that dockerd runs in. */
  readonly unit: string | undefined;
  /** Whether bootlet's drop-in of it is there. */
  readonly hasDropIn: boolean;
  /** Whether dockerd was started after that was written. */
  readonly isStartedSince: boolean;
}

/** What dockerd lacks that it takes from its environment alone. */
export interface ProxyNeeds {
  /** In words; none: nothing. */
  readonly restartFor: readonly string[];
  readonly advice: readonly DockerChange[];
}

export const NO_NEEDS: ProxyNeeds = { restartFor: [], advice: [] };

const advised = (advice: string): ProxyNeeds => ({
  restartFor: [],
  advice: [{ ...ofDockerd('other proxies, or none', 'proxies', { do: 'nothing' }), advice }],
});

/** Docker before 23 takes proxies only from its environment: of its unit, which the setting `docker-proxies` gives them. No word of this holds a password. */
export const proxyNeeds = (input: ProxyInput): ProxyNeeds => {
  const { options, noProxy, engine, environment, unit, hasDropIn, isStartedSince } = input;
  const variables = proxyVariables(options, noProxy);
  if (variables === undefined || engine === undefined || hasProxiesKey(engine)) return NO_NEEDS;
  if (isProxiedBy(environment, variables)) return NO_NEEDS;
  const isProxied = hasProxies(environment);
  if (unit === undefined) {
    if (isProxied) return NO_NEEDS;
    const advice = `Docker ${engine.version} takes proxies only from its environment: start it with HTTP_PROXY, HTTPS_PROXY and NO_PROXY=${variables.get('NO_PROXY')}`;
    return advised(advice);
  }
  // Started for it once more, it would have no others.
  if (hasDropIn ? isStartedSince : isProxied) {
    return advised(
      `something else in ${unit} gives Docker other proxies than network.docker.options: systemctl cat ${unit} shows it; take it away and restart Docker, or take proxies out of network.docker.options`,
    );
  }
  return { restartFor: ['its proxies'], advice: [] };
};
