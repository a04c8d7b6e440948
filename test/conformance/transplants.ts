import fc from 'fast-check';
import { stringify } from 'yaml';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type JsonMap = { [key: string]: Json };

interface Site {
  readonly map: JsonMap;
  /** The key that it, or the list it is in, stands under; maps of one role have the same fields, mostly. */
  readonly role: string;
}

const sitesIn = (value: Json, role = ''): Site[] => {
  if (Array.isArray(value)) return value.flatMap((item) => sitesIn(item, role));
  if (typeof value !== 'object' || value === null) return [];
  return [{ map: value, role }, ...Object.entries(value).flatMap(([key, inner]) => sitesIn(inner, key))];
};

const share = fc.noBias(fc.nat({ max: 9999 })).map((n) => n / 10_000);
const pick = <T>(among: readonly T[], at: number): T | undefined => among[Math.floor(at * among.length)];

/** What may be wrong anywhere, and is right in few places. */
const strangers: readonly Json[] = [null, true, '', '0', '/', '..', '$(A)', -1, 0, 1, 65_536, [], {}, [{}], ['a']];

/** A change to one of the document's maps. */
interface Edit {
  readonly site: number;
  readonly kind: 'transplant' | 'remove' | 'stranger';
  readonly what: number;
  readonly key: number;
}

const edits = fc.array(
  fc.record<Edit>({
    site: share,
    kind: fc.oneof(
      { weight: 8, arbitrary: fc.constant('transplant' as const) },
      { weight: 2, arbitrary: fc.constant('remove' as const) },
      fc.constant('stranger' as const),
    ),
    what: share,
    key: share,
  }),
  { minLength: 1, maxLength: 5 },
);

type Donors = ReadonlyMap<string, readonly (readonly [key: string, value: Json])[]>;

const apply = (document: Json, { site, kind, what, key }: Edit, donors: Donors): void => {
  const found = pick(sitesIn(document), site);
  if (found === undefined) return;
  const { map, role } = found;
  const own = pick(Object.keys(map), key);
  if (kind === 'transplant') {
    const [name, value] = pick(donors.get(role) ?? [], what) ?? [];
    if (name !== undefined && value !== undefined) map[name] = structuredClone(value);
  } else if (own !== undefined) {
    if (kind === 'remove') delete map[own];
    else map[own] = structuredClone(pick(strangers, what) ?? null);
  }
};

/**
 * `bases` with fields of others in them: whatever comes out is well formed, and much of it is a pod, so that the rules
 * are reached, and what comes after them. All are JSON; what comes out is JSON or YAML.
 */
export const transplanted = (bases: readonly string[], others: readonly string[]): fc.Arbitrary<Uint8Array> => {
  const sites = others.flatMap((text) => sitesIn(JSON.parse(text)));
  const donors: Donors = new Map(
    [...Map.groupBy(sites, ({ role }) => role)].map(([role, maps]) => [
      role,
      maps.flatMap(({ map }) => Object.entries(map)),
    ]),
  );
  return fc.tuple(fc.constantFrom(...bases), edits, fc.boolean()).map(([base, changes, asYaml]) => {
    const document: Json = JSON.parse(base);
    for (const change of changes) apply(document, change, donors);
    return Buffer.from(asYaml ? stringify(document) : JSON.stringify(document));
  });
};
