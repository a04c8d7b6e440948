import { isDeepStrictEqual } from 'node:util';
import { isMap } from '../host/json-value.ts';
import { type ConfigIssue, issueAt } from './issue.ts';
import { type Config, schema } from './schema.ts';
import { placeOf, type Tree } from './tree.ts';

/**
 * What this version carries out, each with all below it. Of everything else anything but the default is refused, never
 * ignored in silence. Paths are taken whether or not there is a part yet that writes there.
 */
const carriedOut: ReadonlySet<string> = new Set([
  'apiVersion',
  'kind',
  'nodeName',
  'nodeIPs',
  'paths',
  'pods.http',
  'pods.clusterDNS',
  'pods.clusterDomain',
  'pods.logs',
  'pods.imageGC',
  'pods.eviction',
  'pods.maxPods',
  'pods.allowedUnsafeSysctls',
  'cluster',
  'node.labels',
  'node.taints',
  'node.providerID',
  'node.reserved',
  'node.evictionHard',
  'runtime',
  'network.manage',
  'network.podCIDRs',
  'network.serviceCIDRs',
  'network.bridge',
  'network.masquerade',
  'network.sysctls',
  'network.docker',
  'network.flannel',
  'network.pollSeconds',
  'log',
]);

/** Why, where there is more to say than that it is not there yet. */
const later: Readonly<Record<string, string>> = {
  'network.routes': 'routes between hosts come in a later version',
};

interface Refusal {
  readonly path: readonly string[];
  readonly fallback: unknown;
}

/** The innermost settings that are not as by default. A map of the user's own keys is one setting. */
const refusalsIn = (value: unknown, fallback: unknown, path: readonly string[]): readonly Refusal[] => {
  if (carriedOut.has(path.join('.')) || isDeepStrictEqual(value, fallback)) return [];
  const isSection = isMap(value) && isMap(fallback) && isDeepStrictEqual(Object.keys(value), Object.keys(fallback));
  if (!isSection) return [{ path, fallback }];
  return Object.keys(fallback).flatMap((key) => refusalsIn(value[key], fallback[key], [...path, key]));
};

export const unsupportedIn = (config: Config, tree: Tree): readonly ConfigIssue[] =>
  refusalsIn(config, schema.fallback, []).map(({ path, fallback }) => {
    const field = path.join('.');
    const why = later[field] ?? 'not carried out by this version yet';
    return issueAt(
      placeOf(tree, path),
      field,
      `${why}; leave it at ${JSON.stringify(fallback)}`,
      'E_CONFIG_UNSUPPORTED',
    );
  });
