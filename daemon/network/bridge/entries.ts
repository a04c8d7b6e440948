import type { Original, Originals } from '../../host/ledger.ts';
import { type AttributeName, attributeNames } from './attributes.ts';

/**
 * How the ledger calls what is changed of a bridge: `cbr0 link`, null where bootlet made it; `cbr0 mtu`, of one that was
 * there, with what it was; `cbr0 address 10.22.3.1/24`, as which of the bridge's it was there, null where it was not.
 */
export const linkEntry = (bridge: string): string => `${bridge} link`;
export const attributeEntry = (bridge: string, name: AttributeName): string => `${bridge} ${name}`;
export const addressEntry = (bridge: string, address: string): string => `${bridge} address ${address}`;

export interface BridgeEntries {
  readonly isMade: boolean;
  readonly attributes: readonly { readonly name: AttributeName; readonly original: string }[];
  readonly addresses: readonly { readonly address: string; readonly wasAt: number | undefined }[];
}

const isAttribute = (text: string): text is AttributeName => attributeNames.some((name) => name === text);

export const entriesOf = (originals: Originals, bridge: string): BridgeEntries => {
  const entries = Object.entries(originals).map(([entry, original]) => ({ words: entry.split(' '), original }));
  const own = entries.filter(({ words }) => words[0] === bridge);
  return {
    isMade: Object.hasOwn(originals, linkEntry(bridge)),
    attributes: own.flatMap(({ words: [, name = '', address], original }) =>
      address === undefined && isAttribute(name) ? [{ name, original: String(original) }] : [],
    ),
    addresses: own.flatMap(({ words: [, , address], original }) =>
      address === undefined ? [] : [{ address, wasAt: typeof original === 'number' ? original : undefined }],
    ),
  };
};

/** What of a bridge's addresses is bootlet's, of this range or an earlier one. */
export const ownAddresses = ({ addresses }: BridgeEntries): readonly string[] =>
  addresses.flatMap(({ address, wasAt }) => (wasAt === undefined ? [address] : []));

/** Bridges that the ledger knows of. */
export const bridgesIn = (originals: Readonly<Record<string, Original>>): readonly string[] => [
  ...new Set(Object.keys(originals).map((entry) => entry.split(' ')[0] ?? '')),
];
