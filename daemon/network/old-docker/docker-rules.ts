import { type Cidr, containsCidr, parseCidr } from '../../host/ip/cidr.ts';
import type { ChainName, ListedChain } from '../../host/iptables/plan-rules.ts';
import { canonical, targetOf, wordsOf } from '../../host/iptables/rule-text.ts';
import { DOCKER_BRIDGE } from '../../runtime/docker/bridge-network.ts';

export interface ObservedChain extends ChainName {
  readonly listed: ListedChain;
}

/** What is to go of somebody's rules: rules one by one, and chains that nothing is left in. */
export interface Removal {
  readonly rules: readonly (ChainName & { readonly rule: string })[];
  readonly chains: readonly ChainName[];
}

/** What of the host tells which of the rules are of Docker's first bridge. */
export interface Surroundings {
  /** The networks of the bridge's own addresses, where it is there. */
  readonly networks: readonly Cidr[];
  /** Chains of Docker's that rules lead to which are not Docker's: the kernel lets nobody delete them. */
  readonly usedByOthers: readonly ChainName[];
}

/** The interface that dockerd makes where it is told of no other. */
export const OLD_BRIDGE = DOCKER_BRIDGE;

/** The only chain of Docker's that administrators write to. */
const USERS = 'DOCKER-USER';

export const isDockers = (chain: string): boolean => /^DOCKER(?:-|$)/.test(chain);

/** Built-in chains that dockerd writes to, all versions of it. */
export const DOCKER_WRITES_TO = [
  { table: 'nat', chain: 'PREROUTING' },
  { table: 'nat', chain: 'OUTPUT' },
  { table: 'nat', chain: 'POSTROUTING' },
  { table: 'filter', chain: 'FORWARD' },
] as const satisfies readonly ChainName[];

/**
 * Of those, where something is left as long as anything is: a removal is of the table nat first. Other settings look at
 * them too.
 */
export const LEFT_LAST = DOCKER_WRITES_TO.filter(({ chain }) => chain === 'POSTROUTING' || chain === 'FORWARD');

const MASQUERADE_OF_BRIDGE = /^-s (\S+) ! -o docker0 -j MASQUERADE$/;
/** What dockerd 1.13 to 29 writes into built-in chains for its first bridge, in canonical text. */
const RULES_OF_BRIDGE: readonly RegExp[] = [
  MASQUERADE_OF_BRIDGE,
  /^-o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT$/,
  /^-o docker0 -j DOCKER$/,
  /^-i docker0 (?:! )?-o docker0 -j (?:ACCEPT|DROP)$/,
];
/** A container that reaches itself by its published port: of any bridge. */
const TO_ITSELF =
  /^-s (\S+)\/(?:32|128) -d \1\/(?:32|128) -p (?:tcp|udp|sctp) -m (?:tcp|udp|sctp) --dport \d+ -j MASQUERADE$/;
const JUMPS_TO_DOCKER: readonly RegExp[] = [
  /^-m addrtype --dst-type LOCAL -j DOCKER$/,
  /^! -d (?:127\.0\.0\.0\/8|::1\/128) -m addrtype --dst-type LOCAL -j DOCKER$/,
  /^-j DOCKER-[A-Z0-9-]+$/,
];

const isOneOf = (rule: string, shapes: readonly RegExp[]): boolean => {
  const text = canonical(rule);
  return shapes.some((shape) => shape.test(text));
};

/** The interfaces that a rule is for. */
const interfacesIn = (rule: string): readonly string[] => {
  const words = wordsOf(rule);
  return words.filter((_, index) => ['-i', '-o'].includes(words[index - 1] ?? ''));
};

/** What any of Docker's chains holds for no bridge in particular. */
const isFrame = (rule: string): boolean =>
  rule === '-j RETURN' || (isDockers(targetOf(rule) ?? '') && interfacesIn(rule).length === 0);

const isOfBridge = ({ chain }: ChainName, rule: string, networks: readonly Cidr[]): boolean => {
  if (isDockers(chain)) return chain !== USERS && interfacesIn(rule).includes(OLD_BRIDGE);
  const container = parseCidr(TO_ITSELF.exec(canonical(rule))?.[1] ?? '');
  const isInside = container !== undefined && networks.some((network) => containsCidr(network, container));
  return isInside || isOneOf(rule, RULES_OF_BRIDGE);
};

/** The networks that the bridge's containers were hidden behind the host with. */
const networksIn = (chains: readonly ObservedChain[]): readonly Cidr[] =>
  chains.flatMap(({ listed }) =>
    listed.rules.flatMap((rule) => parseCidr(MASQUERADE_OF_BRIDGE.exec(canonical(rule))?.[1] ?? '') ?? []),
  );

const isSame = (a: ChainName, b: ChainName): boolean => a.table === b.table && a.chain === b.chain;

/** Whether a built-in chain leads to Docker's, or has a rule of its first bridge. */
export const isOfDocker = (rule: string): boolean => isOneOf(rule, [...RULES_OF_BRIDGE, ...JUMPS_TO_DOCKER]);

/** Chains, and all those that they lead to. */
const withTargets = (chains: readonly ChainName[], observed: readonly ObservedChain[]): readonly ChainName[] => {
  const reached = [...chains];
  for (const from of reached) {
    const rules = observed.find((chain) => isSame(chain, from))?.listed.rules ?? [];
    const targets = rules.flatMap((rule) => targetOf(rule) ?? []).map((chain) => ({ table: from.table, chain }));
    reached.push(...targets.filter((target) => !reached.some((other) => isSame(other, target))));
  }
  return reached;
};

/**
 * What dockerd left of its first bridge, which it neither removes nor makes again once its packet filter is off. Networks
 * that users made keep their rules, and with them the chains that those are in; what administrators wrote stays too.
 */
export const oldDockerRules = (
  chains: readonly ObservedChain[],
  { networks, usedByOthers }: Surroundings = { networks: [], usedByOthers: [] },
): Removal => {
  const own = [...networks, ...networksIn(chains)];
  const left = chains.map(({ listed, ...name }) => ({
    ...name,
    rules: listed.rules.filter((rule) => !isOfBridge(name, rule, own)),
  }));
  const ofDocker = left.filter(({ chain }) => isDockers(chain));
  const isInUse = ofDocker.some(({ chain, rules }) => chain !== USERS && !rules.every(isFrame));
  const kept = withTargets(usedByOthers, chains);
  const gone = isInUse
    ? []
    : ofDocker.filter((chain) => chain.rules.every(isFrame) && !kept.some((other) => isSame(other, chain)));
  const isGone = (table: string, chain: string): boolean =>
    gone.some((other) => other.table === table && other.chain === chain);
  const rules = chains.flatMap(({ table, chain, listed }) => {
    if (isGone(table, chain)) return [];
    return listed.rules
      .filter((rule) => {
        const isJump = !isDockers(chain) && isOneOf(rule, JUMPS_TO_DOCKER) && isGone(table, targetOf(rule) ?? '');
        return isJump || isOfBridge({ table, chain }, rule, own);
      })
      .map((rule) => ({ table, chain, rule }));
  });
  return { rules, chains: gone.map(({ table, chain }) => ({ table, chain })) };
};

/**
 * What dockerd 28 and later has for a bridge, so that nobody comes to ports that were not published, and leaves behind once
 * its packet filter is off: on the pods' bridge nothing from outside would reach a pod.
 */
export const dropsOn = (bridge: string, chains: readonly ObservedChain[]): Removal => ({
  rules: chains
    .filter(({ table, chain }) => table === 'filter' && chain === 'DOCKER')
    .flatMap(({ table, chain, listed }) => listed.rules.map((rule) => ({ table, chain, rule })))
    .filter(({ rule }) => canonical(rule) === `! -i ${bridge} -o ${bridge} -j DROP`),
  chains: [],
});

/** How many rules that lead to a chain go with a removal. */
export const referencesRemoved = (
  { rules, chains }: Removal,
  to: ChainName,
  observed: readonly ObservedChain[],
): number => {
  const flushed = observed.filter((chain) => chains.some((gone) => isSame(gone, chain)));
  const all = [
    ...rules.filter(({ table }) => table === to.table).map(({ rule }) => rule),
    ...flushed.filter(({ table }) => table === to.table).flatMap(({ listed }) => listed.rules),
  ];
  return all.filter((rule) => targetOf(rule) === to.chain).length;
};

/** For `iptables-restore --noflush`: rules by their text, then the chains, which are emptied first. */
export const removalPayload = ({ rules, chains }: Removal): string =>
  (['nat', 'filter'] as const)
    .map((table) => {
      const deleted = rules.filter((rule) => rule.table === table).map(({ chain, rule }) => `-D ${chain} ${rule}`);
      const gone = chains.filter((chain) => chain.table === table).map(({ chain }) => chain);
      return {
        table,
        lines: [...deleted, ...gone.map((chain) => `-F ${chain}`), ...gone.map((chain) => `-X ${chain}`)],
      };
    })
    .filter(({ lines }) => lines.length > 0)
    .map(({ table, lines }) => [`*${table}`, ...lines, 'COMMIT', ''].join('\n'))
    .join('');
