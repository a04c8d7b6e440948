import type { BackEnd, BackEndInUse } from '../host/iptables/back-end.ts';
import type { Iptables } from '../host/iptables/iptables.ts';
import type { PacketFilter } from '../host/iptables/packet-filter.ts';
import { type ChainName, type Jump, type ListedChain, type OwnChain, planRules } from '../host/iptables/plan-rules.ts';
import type { Originals } from '../host/ledger.ts';
import { type Change, type HostSetting, hostSetting } from './host-setting.ts';
import type { Family, NetworkSpec, PodRange } from './resources.ts';

/** What rules are made from, for the pods of one family. */
export interface RulesContext {
  readonly spec: NetworkSpec;
  readonly range: PodRange;
  /** The networks of that one, and of what is left of the ranges before. */
  readonly cidrs: readonly string[];
  /** One of the chains in which jumps may be. */
  readonly listed: (name: ChainName) => ListedChain;
  readonly inUse: Pick<BackEndInUse, 'isRecent'>;
}

export interface WantedRules {
  /** Of every chain of its own: without `-A CHAIN `. */
  readonly chains: readonly (OwnChain & { readonly rules: readonly string[] })[];
  readonly jumps: readonly Jump[];
}

export interface RuleSettingDefinition {
  readonly name: string;
  readonly after: readonly string[];
  /** As of every setting. */
  readonly podsNeed?: boolean;
  readonly needsHostPorts?: boolean;
  /** Its own in each family: nobody else writes to them. */
  readonly chains: readonly ChainName[];
  /** Built-in chains in which jumps to them may be. */
  readonly from: readonly ChainName[];
  /** False: the host is not even looked at where nothing was made. */
  isWanted(spec: NetworkSpec, range: PodRange): boolean;
  /** Undefined: they are to go. */
  rules(context: RulesContext): WantedRules | undefined;
  /** What a person should know of the rules of others. It is looked for while the chains are read. */
  advice(spec: NetworkSpec, range: PodRange, filter: PacketFilter): Promise<readonly Advice[]>;
}

/** A rule of somebody else, and what to do about it. */
export type Advice = Pick<Change, 'object' | 'before'> & { readonly advice: string };

interface FilterView {
  readonly family: Family;
  readonly backEnd: BackEnd;
  readonly tool: string;
  readonly observed: readonly (ChainName & { readonly listed: ListedChain | undefined })[];
  readonly wanted: WantedRules | undefined;
  readonly advice: readonly Advice[];
}

interface RuleChange extends Change {
  readonly family: Family;
  readonly backEnd: BackEnd;
  readonly payload: string;
}

const entryOf = ({ family, backEnd }: Pick<FilterView, 'family' | 'backEnd'>): string => `${family} ${backEnd}`;

/** Where the ledger says that rules were made. */
const enteredIn = (originals: Originals): readonly { readonly family: Family; readonly backEnd: BackEnd }[] =>
  (['ipv4', 'ipv6'] as const)
    .flatMap((family) => (['nft', 'legacy'] as const).map((backEnd) => ({ family, backEnd })))
    .filter((place) => Object.hasOwn(originals, entryOf(place)));

/**
 * A host setting that is chains of iptables, of its own, in each family that pods have, and the jumps to them. What was
 * made in another back end or family than that now in use goes.
 */
export const ruleSetting = (definition: RuleSettingDefinition, iptables: Iptables): HostSetting => {
  const { name, after, chains, from, podsNeed = true, needsHostPorts = false } = definition;
  const wantedRanges = (spec: NetworkSpec | undefined): readonly PodRange[] =>
    spec?.ranges.filter((range) => definition.isWanted(spec, range)) ?? [];

  const viewOf = async (
    filter: PacketFilter,
    spec: NetworkSpec | undefined,
    originals: Originals,
  ): Promise<FilterView> => {
    const { family, backEnd, tool } = filter;
    const inUse = await iptables.inUse();
    const isEntered = Object.hasOwn(originals, entryOf(filter));
    const reading = Promise.all([isEntered ? filter.observe(chains) : undefined, filter.observe(from)]);
    const view = { family, backEnd, tool };
    const range = wantedRanges(spec).find((r) => r.family === family);
    if (spec === undefined || range === undefined || backEnd !== inUse.backEnd) {
      const [own = [], others] = await reading;
      return { ...view, observed: [...own, ...others], wanted: undefined, advice: [] };
    }
    const [[own, others], advice] = await Promise.all([reading, definition.advice(spec, range, filter)]);
    const listed = ({ table, chain }: ChainName): ListedChain =>
      others.find((other) => other.table === table && other.chain === chain)?.listed ?? EMPTY;
    const earlier = spec.earlier.filter((other) => other.family === family);
    const context = { spec, range, cidrs: [range, ...earlier].map(({ cidr }) => cidr), listed, inUse };
    const wanted = definition.rules(context);
    // A chain that was never made and shall not be is not looked for.
    const found = own ?? (wanted === undefined ? [] : await filter.observe(chains));
    return { ...view, observed: [...found, ...others], wanted, advice };
  };

  return hostSetting<readonly FilterView[], RuleChange>({
    name,
    after,
    podsNeed,
    needsHostPorts,
    wokenBy: ['rules'],
    get polled() {
      return !iptables.tellsOfChanges;
    },
    observe: async (spec, originals) => {
      const wanted = wantedRanges(spec);
      const entered = enteredIn(originals);
      if (wanted.length === 0 && entered.length === 0) return [];
      const filters = await Promise.all([
        ...wanted.map(({ family }) => iptables.of(family)),
        ...entered.map(({ family, backEnd }) => iptables.of(family, backEnd)),
      ]);
      return Promise.all([...new Set(filters)].map((filter) => viewOf(filter, spec, originals)));
    },
    diff: ({ observed, originals }) =>
      observed.flatMap(({ family, backEnd, tool, wanted, observed: listed, advice }) => {
        const own = chains.map(
          ({ table, chain }) =>
            wanted?.chains.find((other) => other.table === table && other.chain === chain) ?? {
              table,
              chain,
              rules: undefined,
            },
        );
        const plan = planRules({ own, jumps: wanted?.jumps ?? [], observed: listed });
        const entry = entryOf({ family, backEnd });
        const isEntered = Object.hasOwn(originals, entry);
        const told = advice.map((change) => ({ ...ADVICE, ...change, family, backEnd }));
        if (plan === undefined && isEntered === (wanted !== undefined)) return told;
        const change: RuleChange = {
          object: `${tool} rules of ${name}`,
          entry,
          before: plan?.before,
          after: plan?.after,
          ledger: wanted === undefined ? { do: 'strike' } : { do: 'enter', original: null },
          family,
          backEnd,
          payload: plan?.payload ?? '',
        };
        return [change, ...told];
      }),
    apply: async ({ family, backEnd, payload }) => {
      if (payload === '') return;
      const filter = await iptables.of(family, backEnd);
      await filter.restore(payload);
    },
  });
};

const EMPTY: ListedChain = { policy: undefined, rules: [] };

const ADVICE = { after: undefined, ledger: { do: 'nothing' }, payload: '' } as const;
