import type { Originals } from '../../host/ledger.ts';
import type { Change } from '../host-setting.ts';
import {
  type AttributeName,
  type Attributes,
  attributeNames,
  type Command,
  setAttribute,
  showAttribute,
} from './attributes.ts';
import type { BridgeChange } from './bridge-change.ts';
import { attributeEntry, entriesOf, linkEntry } from './entries.ts';
import type { ObservedBridge } from './observe.ts';
import { collides, isIPv6, orderAddresses, strangerOn } from './plan-addresses.ts';
import { planPorts } from './plan-ports.ts';
import { addAddress, addBridge, type BridgeTarget } from './target.ts';

/** What a bridge has that `addBridge` made. */
const freshAttributes = ({ attributes }: BridgeTarget, acceptRa: string | undefined): Attributes => ({
  address: attributes.address,
  mtu: String(Number(attributes.mtu) - 1),
  nf_call_iptables: '0',
  nf_call_ip6tables: '0',
  accept_ra: acceptRa,
  promisc: 'off',
  state: 'down',
});

const creation = (target: BridgeTarget): BridgeChange => ({
  object: `link ${target.name}`,
  entry: linkEntry(target.name),
  before: undefined,
  after: `type bridge address ${target.attributes.address}`,
  ledger: { do: 'enter', original: null },
  commands: [addBridge(target)],
});

export const attributeChange = (
  bridge: string,
  name: AttributeName,
  [before, after]: readonly [string, string],
  ledger: Change['ledger'],
): BridgeChange => ({
  object: `${name} of ${bridge}`,
  entry: attributeEntry(bridge, name),
  before: showAttribute(name, before),
  after: showAttribute(name, after),
  ledger,
  commands: before === after ? [] : [setAttribute(bridge, name, after)],
});

/**
 * What makes the bridge as it shall be. Of one that was there before bootlet the ledger gets what is changed of it; one
 * that bootlet made has nothing to be given back.
 */
export const planBridge = (
  target: BridgeTarget,
  observed: ObservedBridge,
  originals: Originals,
): readonly BridgeChange[] => {
  const { name } = target;
  if (target.isDockers && observed.attributes === undefined) return [];
  const entries = entriesOf(originals, name);
  const isMade = entries.isMade || observed.attributes === undefined;
  const seen = observed.attributes ?? freshAttributes(target, observed.defaultAcceptRa);
  const attributes = attributeNames.flatMap((attribute) => {
    const [before, after] = [seen[attribute], target.attributes[attribute]];
    if (before === undefined || after === undefined || before === after) return [];
    const ledger: Change['ledger'] = isMade ? { do: 'nothing' } : { do: 'enter', original: before };
    return [attributeChange(name, attribute, [before, after], ledger)];
  });
  return [
    ...(observed.attributes === undefined ? [creation(target)] : []),
    ...attributes,
    ...planAddresses(target, observed, entries.addresses),
    ...planPorts(target, observed),
  ];
};

/**
 * Which addresses go: those that bootlet knows, of an earlier range or an earlier tool, and of a stranger one that comes
 * before the bridge's own, since Docker takes the first of IPv4 for its own. A stranger that was added later stays, and so
 * does what containers still have as their gateway. Invariant: what was bootlet's once is never an original.
 */
const planAddresses = (
  { name, addresses: wanted }: BridgeTarget,
  { addresses: seen, gateways }: ObservedBridge,
  entered: ReturnType<typeof entriesOf>['addresses'],
): readonly BridgeChange[] => {
  const known = new Map(entered.map(({ address, wasAt }) => [address, wasAt]));
  const isFirst = (address: string): boolean => {
    const own = wanted.find((a) => isIPv6(a) === isIPv6(address));
    if (own === undefined) return false;
    const at = seen.indexOf(own);
    if (at < 0 || isIPv6(own)) return at < 0;
    // Behind one of its network it goes with that one, and comes again as the last.
    return seen.indexOf(address) < at || seen.slice(0, at).some((other) => collides(other, own));
  };
  const isKept = (address: string): boolean =>
    gateways.includes(address) && !wanted.some((own) => collides(own, address));
  const others = seen.filter((address) => !wanted.includes(address) && !isKept(address));
  const first = others.filter((address) => known.has(address) || isFirst(address));
  // The kernel takes the later ones of a network away with the first.
  const goes = (address: string): boolean => first.some((gone) => gone === address || collides(gone, address));
  return [
    ...orderAddresses({
      bridge: name,
      seen,
      wanted,
      unwanted: others.filter(goes),
      removed: (address) =>
        known.has(address) && known.get(address) === undefined
          ? { do: 'nothing' }
          : { do: 'enter', original: seen.indexOf(address) },
      added: { do: 'enter', original: null },
    }),
    ...others.filter((address) => !goes(address)).map((address) => strangerOn(name, address)),
  ];
};

/**
 * Lines for `ip -force -batch` that make the bridge where there is nothing. All but the first may also be run on one that
 * is there. What is no matter of `ip` (accept_ra) is left to the daemon.
 */
export const batchOf = (target: BridgeTarget): readonly string[] => {
  const commands: readonly Command[] = [
    addBridge(target),
    ...attributeNames.flatMap((name) => {
      const value = target.attributes[name];
      return value === undefined ? [] : [setAttribute(target.name, name, value)];
    }),
    ...target.addresses.map((address) => addAddress(target.name, address)),
  ];
  return commands.flatMap((command) => (command.kind === 'ip' ? [command.args.join(' ')] : []));
};
