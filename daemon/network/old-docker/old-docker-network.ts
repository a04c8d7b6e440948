import { parseCidr } from '../../host/ip/cidr.ts';
import { readHostNetwork } from '../../host/ip/host-network.ts';
import type { Link } from '../../host/ip/links.ts';
import type { Iptables } from '../../host/iptables/iptables.ts';
import type { PacketFilter } from '../../host/iptables/packet-filter.ts';
import type { ChainName } from '../../host/iptables/plan-rules.ts';
import { targetOf } from '../../host/iptables/rule-text.ts';
import { outputOf, type RunTool } from '../../host/run-tool.ts';
import { unlessNoAnswer } from '../../runtime/docker/no-answer.ts';
import { type Change, type HostSetting, hostSetting } from '../host-setting.ts';
import type { Family, NetworkSpec } from '../resources.ts';
import {
  DOCKER_WRITES_TO,
  dropsOn,
  isDockers,
  isOfDocker,
  LEFT_LAST,
  type ObservedChain,
  OLD_BRIDGE,
  oldDockerRules,
  type Removal,
  referencesRemoved,
  removalPayload,
} from './docker-rules.ts';

export interface OldDockerNetworkOptions {
  readonly run: RunTool;
  readonly iptables: Iptables;
  /**
   * The interface of Docker's own network; undefined: it has none.
   * @throws BootletError E_RUNTIME_UNAVAILABLE, E_TIMEOUT while Docker does not answer
   */
  readonly activeBridge: () => Promise<string | undefined>;
  /** False: Docker's network is Docker's, and is not even looked at. */
  readonly isWanted: boolean;
}

interface Observed {
  /** The pods' own. */
  readonly bridge: string;
  /** Of the bridge before; undefined: there is no such link, or it is the pods'. */
  readonly link: { readonly isBridge: boolean; readonly ports: readonly string[] } | undefined;
  readonly filters: readonly OldRules[];
  /** Whether it is Docker's own network still; undefined: Docker does not say. */
  readonly isActive: boolean | undefined;
}

interface OldRules {
  readonly family: Family;
  readonly tool: string;
  readonly removal: Removal;
  /** What keeps others from the pods' bridge. */
  readonly drops: Removal;
  /** Chains that would go, were it not for rules of others that lead to them. */
  readonly usedByOthers: readonly ChainName[];
}

interface OldDockerChange extends Change {
  readonly removed: { readonly family: Family; readonly payload: string } | 'link' | 'nothing';
}

const NOTHING_OBSERVED: Observed = { bridge: '', link: undefined, filters: [], isActive: false };

const NO_REMOVAL: Removal = { rules: [], chains: [] };

/** Every chain of Docker's that can be come to from a built-in one. */
const dockersChains = async (filter: PacketFilter): Promise<readonly ObservedChain[]> => {
  const last = await filter.observe(LEFT_LAST);
  if (!last.some(({ listed }) => listed?.rules.some(isOfDocker))) return [];
  const seen = new Map<string, ObservedChain>();
  let next: readonly ChainName[] = DOCKER_WRITES_TO;
  while (next.length > 0) {
    const listed = await filter.observe(next);
    const found = listed.flatMap((chain) => (chain.listed === undefined ? [] : { ...chain, listed: chain.listed }));
    for (const chain of found) seen.set(`${chain.table} ${chain.chain}`, chain);
    const targets = found.flatMap(({ table, chain, listed: { rules } }) =>
      rules
        .filter((rule) => isDockers(chain) || isOfDocker(rule))
        .flatMap((rule) => targetOf(rule) ?? [])
        .filter(isDockers)
        .map((target) => ({ table, chain: target, key: `${table} ${target}` })),
    );
    const unseen = targets.filter(({ key }) => !seen.has(key));
    next = [...new Map(unseen.map((target) => [target.key, target])).values()];
  }
  return [...seen.values()];
};

/** @param links read meanwhile, so that chains are read while other settings read them too, and share what is read */
const oldRulesIn = async (filter: PacketFilter, bridge: string, links: Promise<readonly Link[]>): Promise<OldRules> => {
  const [chains, all] = await Promise.all([dockersChains(filter), links]);
  const found = { family: filter.family, tool: filter.tool, drops: dropsOn(bridge, chains) };
  if (bridge === OLD_BRIDGE) return { ...found, removal: NO_REMOVAL, usedByOthers: [] };
  const link = all.find(({ name }) => name === OLD_BRIDGE);
  const networks = (link?.addresses ?? []).flatMap((own) => parseCidr(`${own.address}/${own.prefixLength}`) ?? []);
  const removal = oldDockerRules(chains, { networks, usedByOthers: [] });
  const references = await Promise.all(removal.chains.map((chain) => filter.references(chain)));
  const usedByOthers = removal.chains.filter(
    (chain, at) => (references[at] ?? 0) > referencesRemoved(removal, chain, chains),
  );
  if (usedByOthers.length === 0) return { ...found, removal, usedByOthers };
  return { ...found, removal: oldDockerRules(chains, { networks, usedByOthers }), usedByOthers };
};

const isEmpty = ({ rules, chains }: Removal): boolean => rules.length === 0 && chains.length === 0;

const shown = ({ rules, chains }: Removal): string =>
  [
    ...rules.map(({ table, chain, rule }) => `-t ${table} -A ${chain} ${rule}`),
    ...chains.map(({ table, chain }) => `-t ${table} -N ${chain}`),
  ].join('\n');

const changesOf = ({ bridge, link, filters, isActive }: Observed): readonly OldDockerChange[] => {
  const isThere = link?.isBridge === true;
  const ports = link?.ports ?? [];
  const why =
    isActive === undefined
      ? `${OLD_BRIDGE} stays while Docker does not say whether its own network is on it`
      : isActive
        ? `Docker's own network is still on ${OLD_BRIDGE}`
        : ports.length > 0
          ? `containers are still on ${OLD_BRIDGE} (${ports.join(', ')}): it goes when they were made anew`
          : undefined;
  const advice = why === undefined ? {} : { advice: why };
  const removalOf = (family: Family, object: string, removal: Removal): readonly OldDockerChange[] => {
    if (isEmpty(removal)) return [];
    const before = shown(removal);
    const removed = { family, payload: removalPayload(removal) };
    return [{ object, before, after: undefined, ledger: { do: 'enter', original: before }, removed }];
  };
  const drops = filters.flatMap((one) => removalOf(one.family, `${one.tool} drops of ${bridge}`, one.drops));
  const rules = filters
    .flatMap((one) => removalOf(one.family, `${one.tool} rules of ${OLD_BRIDGE}`, one.removal))
    .map((change) => ({ ...change, ...advice }));
  const kept = filters.flatMap(({ family, tool, usedByOthers }) =>
    usedByOthers.map(
      ({ table, chain }): OldDockerChange => ({
        object: `${tool} ${table} chain ${chain}`,
        before: `-t ${table} -N ${chain}`,
        after: undefined,
        ledger: { do: 'nothing' },
        advice: `${chain} of ${table} (${tool}) stays: rules lead to it that are not Docker's (${tool}-save -t ${table}); it goes once they are gone`,
        removed: { family, payload: '' },
      }),
    ),
  );
  if (!isThere) return [...drops, ...rules, ...kept];
  const before = `bridge ${OLD_BRIDGE}`;
  const ledger = { do: 'enter', original: before } as const;
  return [
    ...drops,
    ...rules,
    ...kept,
    { object: `link ${OLD_BRIDGE}`, before, after: undefined, ledger, ...advice, removed: 'link' },
  ];
};

/**
 * The network that Docker had before it was given bootlet's bridge: docker0 and its rules, which dockerd leaves behind.
 * Nothing of it is restored by a reset: a dockerd with its former options makes it again as it starts.
 */
export const oldDockerNetworkSetting = (options: OldDockerNetworkOptions): HostSetting => {
  const { run, iptables, activeBridge, isWanted } = options;
  const isOn = async (bridge: string): Promise<boolean> => (await activeBridge()) === bridge;
  const observe = async ({ ranges, bridge: { name: bridge } }: NetworkSpec): Promise<Observed> => {
    const reading = readHostNetwork(run).then(({ links }) => links);
    const [links, filters] = await Promise.all([
      reading,
      Promise.all(ranges.map(async ({ family }) => oldRulesIn(await iptables.of(family), bridge, reading))),
    ]);
    const link = bridge === OLD_BRIDGE ? undefined : links.find(({ name }) => name === OLD_BRIDGE);
    const ports = links.filter(({ master }) => master === OLD_BRIDGE).map(({ name }) => name);
    const isNothing =
      link === undefined && filters.every(({ removal, usedByOthers }) => isEmpty(removal) && usedByOthers.length === 0);
    // Asked only where it decides something.
    const isActive = isNothing ? false : await unlessNoAnswer(isOn(OLD_BRIDGE));
    return { bridge, link: link && { isBridge: link.kind === 'bridge', ports }, filters, isActive };
  };

  return hostSetting<Observed, OldDockerChange>({
    name: 'old-docker-network',
    after: ['docker'],
    wokenBy: ['rules', 'links', 'docker'],
    podsNeed: false,
    get polled() {
      return !iptables.tellsOfChanges;
    },
    observe: async (spec) => (spec === undefined || !isWanted ? NOTHING_OBSERVED : observe(spec)),
    diff: ({ spec, observed, originals }) => {
      if (spec !== undefined) return changesOf(observed);
      const taken = { before: undefined, after: undefined, ledger: { do: 'strike' }, removed: 'nothing' } as const;
      return Object.keys(originals).map((object) => ({ object, ...taken }));
    },
    apply: async ({ removed }) => {
      if (removed === 'nothing') return;
      if (removed === 'link') await outputOf(run, 'ip', ['link', 'delete', OLD_BRIDGE, 'type', 'bridge']);
      else await (await iptables.of(removed.family)).restore(removed.payload);
    },
  });
};
