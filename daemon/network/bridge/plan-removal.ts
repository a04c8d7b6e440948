import type { Originals } from '../../host/ledger.ts';
import type { BridgeChange } from './bridge-change.ts';
import { attributeEntry, entriesOf, linkEntry } from './entries.ts';
import type { ObservedBridge } from './observe.ts';
import { addressChange, isIPv6, orderAddresses } from './plan-addresses.ts';
import { attributeChange } from './plan-bridge.ts';

const strike = { do: 'strike' } as const;

/** Forgets what is gone by itself. */
const forget = (change: Pick<BridgeChange, 'object' | 'entry'>): BridgeChange => ({
  ...change,
  before: undefined,
  after: undefined,
  ledger: strike,
  commands: [],
});

/** What takes back all that the ledger knows of a bridge: one that bootlet made goes, another gets back what it was. */
export const planRemoval = (name: string, observed: ObservedBridge, originals: Originals): readonly BridgeChange[] => {
  const { isMade, attributes, addresses } = entriesOf(originals, name);
  const link = { object: `link ${name}`, entry: linkEntry(name) };
  const entered = [
    ...attributes.map((a) => ({ object: `${a.name} of ${name}`, entry: attributeEntry(name, a.name) })),
    ...addresses.map(({ address }) => addressChange(name, address)),
  ];
  if (observed.attributes === undefined) return [...(isMade ? [link] : []), ...entered].map(forget);
  if (isMade) {
    const ports = observed.ports.map((port) => port.name).join(', ');
    const deletion: BridgeChange = {
      ...link,
      before: `type bridge address ${observed.attributes.address}`,
      after: undefined,
      ledger: strike,
      commands: [{ kind: 'ip', args: ['link', 'delete', name] }],
    };
    if (ports !== '') return [{ ...deletion, held: `${ports} on ${name}: remove what uses it, and try again` }];
    return [deletion, ...entered.map(forget)];
  }
  return [...addressesBack(name, observed, addresses), ...attributesBack(name, observed.attributes, attributes)];
};

const attributesBack = (
  name: string,
  seen: NonNullable<ObservedBridge['attributes']>,
  entries: ReturnType<typeof entriesOf>['attributes'],
): readonly BridgeChange[] =>
  entries.map((entry) =>
    attributeChange(name, entry.name, [seen[entry.name] ?? entry.original, entry.original], strike),
  );

const addressesBack = (
  bridge: string,
  { addresses: seen }: ObservedBridge,
  entries: ReturnType<typeof entriesOf>['addresses'],
): readonly BridgeChange[] => {
  const isDone = ({ address, wasAt }: (typeof entries)[number]): boolean =>
    seen.includes(address) === (wasAt !== undefined);
  const wanted = inOrder(entries);
  return [
    ...orderAddresses({
      bridge,
      seen,
      wanted,
      unwanted: entries.filter((entry) => entry.wasAt === undefined && !isDone(entry)).map(({ address }) => address),
      removed: (address) => (wanted.includes(address) ? { do: 'nothing' } : strike),
      added: strike,
    }),
    ...entries.filter(isDone).map(({ address }) => forget(addressChange(bridge, address))),
  ];
};

/** As they must be added: the kernel has the newest of IPv4 last, and of IPv6 first. */
const inOrder = (entries: ReturnType<typeof entriesOf>['addresses']): readonly string[] => {
  const sorted = entries
    .flatMap(({ address, wasAt }) => (wasAt === undefined ? [] : [{ address, wasAt }]))
    .toSorted((a, b) => a.wasAt - b.wasAt)
    .map(({ address }) => address);
  return [...sorted.filter((a) => !isIPv6(a)), ...sorted.filter(isIPv6).toReversed()];
};
