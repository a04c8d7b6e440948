import { isDeepStrictEqual } from 'node:util';
import { parseQuantity } from '../../daemon/kubernetes/quantity.ts';
import { readManifest } from '../../daemon/pods/manifest/read.ts';
import type { Answer } from '../lab/api-client.ts';
import type { Apiserver } from '../lab/apiserver.ts';

/** bootlet's codes of what is wrong with each field, by its path. */
type Faults = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * What becomes of a manifest: accepted, with its defaulted spec, if that can be known; or at which stage it is refused,
 * with the faults, as far as that stage names fields.
 */
export type Verdict =
  | { readonly stage: 'accepted'; readonly spec: unknown }
  | { readonly stage: 'validation' | 'strict' | 'decoding'; readonly faults: Faults };

const faultsBy = (faults: readonly { readonly field: string; readonly code: string }[]): Faults =>
  new Map(
    [...Map.groupBy(faults, ({ field }) => field)].map(([field, some]) => [
      field,
      new Set(some.map(({ code }) => code)),
    ]),
  );

const NODE = 'node1';
const PODS = '/api/v1/namespaces/default/pods?dryRun=All&fieldValidation=Strict';

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The manifest as the kubelet's file source has it when it validates: named after its node, bound to it. */
const asStaticPod = (manifest: unknown): unknown => {
  if (!isObject(manifest) || !isObject(manifest['metadata']) || !isObject(manifest['spec'])) return manifest;
  const { metadata, spec } = manifest;
  const name = metadata['name'];
  const nodeName = spec['nodeName'] ?? '';
  const tolerations = spec['tolerations'] ?? [];
  // What is of a wrong type must be refused for that.
  return {
    ...manifest,
    metadata: typeof name === 'string' ? { ...metadata, name: `${name}-${NODE}` } : metadata,
    spec: {
      ...spec,
      nodeName: typeof nodeName === 'string' ? NODE : nodeName,
      tolerations: Array.isArray(tolerations) ? withNoExecute(tolerations) : tolerations,
    },
  };
};

const withNoExecute = (tolerations: readonly unknown[]): unknown[] => {
  const own = { operator: 'Exists', effect: 'NoExecute' };
  const isOwn = (one: unknown) =>
    isObject(one) &&
    Object.entries({ key: undefined, value: undefined, ...own }).every(
      ([key, value]) => (one[key] || undefined) === value,
    );
  return tolerations.some(isOwn) ? tolerations.map((one) => (isOwn(one) ? own : one)) : [...tolerations, own];
};

/** Kubernetes' kinds of fault in bootlet's words. */
const codes: Readonly<Record<string, string>> = {
  FieldValueRequired: 'E_FIELD_REQUIRED',
  FieldValueInvalid: 'E_FIELD_INVALID',
  FieldValueNotSupported: 'E_FIELD_INVALID',
  FieldValueTooLong: 'E_FIELD_INVALID',
  FieldValueTooMany: 'E_FIELD_INVALID',
  FieldValueForbidden: 'E_FIELD_FORBIDDEN',
  FieldValueDuplicate: 'E_FIELD_DUPLICATE',
  FieldValueNotFound: 'E_FIELD_NOT_FOUND',
};

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly reason?: string }[] };
}

const verdictOf = ({ code, body }: Answer): Verdict => {
  if (code === 201) return { stage: 'accepted', spec: (body as { readonly spec: unknown }).spec };
  const { message = '', details } = body as Status;
  if (code === 422) {
    const causes = details?.causes ?? [];
    return {
      stage: 'validation',
      faults: faultsBy(causes.map(({ field = '', reason = '' }) => ({ field, code: codes[reason] ?? reason }))),
    };
  }
  if (code === 400) {
    const unknown = [...message.matchAll(/unknown field "([^"]*)"/g)];
    const faults = unknown.map(([, field = '']) => ({ field, code: 'E_FIELD_UNKNOWN' }));
    return { stage: unknown.length > 0 ? 'strict' : 'decoding', faults: faultsBy(faults) };
  }
  throw new Error(`the apiserver answered ${code}: ${message}`);
};

/** What the apiserver says of a manifest that becomes a static pod. Nothing is kept. */
export const askApiserver = async (apiserver: Apiserver, manifest: unknown): Promise<Verdict> =>
  verdictOf(await apiserver.call('POST', PODS, JSON.stringify(asStaticPod(manifest))));

/** What bootlet says, the rules aside that exist for static pods alone (references to what lives in the API). */
export const askBootlet = (manifest: unknown): Verdict => {
  const result = readManifest(Buffer.from(JSON.stringify(manifest)), { nodeName: NODE });
  if (result.ok) return { stage: 'accepted', spec: result.pod.pod.spec };
  const errors = result.errors.filter(({ code }) => code !== 'E_MANIFEST_REFERENCE');
  if (errors.length === 0) return { stage: 'accepted', spec: undefined };
  if (errors.some(({ code }) => code === 'E_FIELD_TYPE')) return { stage: 'decoding', faults: new Map() };
  const unknown = errors.filter(({ code }) => code === 'E_FIELD_UNKNOWN');
  return unknown.length > 0
    ? { stage: 'strict', faults: faultsBy(unknown) }
    : { stage: 'validation', faults: faultsBy(errors) };
};

/**
 * One line for everything in which bootlet's verdict is another one than the apiserver's. Of several things that
 * Kubernetes has to say of one field (missing, and not an absolute path), one is enough.
 */
export const differences = (bootlet: Verdict, apiserver: Verdict): string[] => {
  if (bootlet.stage === 'accepted' && apiserver.stage === 'accepted')
    return bootlet.spec === undefined ? [] : specDifferences(bootlet.spec, apiserver.spec, 'spec');
  const [ours, theirs] = [faultsOf(bootlet), faultsOf(apiserver)];
  const lines = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((field) => {
    const [own, other] = [ours.get(field) ?? new Set<string>(), theirs.get(field) ?? new Set<string>()];
    return own.isDisjointFrom(other) ? `${field}: ${show(own)}, and ${show(other)} in the apiserver` : [];
  });
  return lines.length > 0 || bootlet.stage === apiserver.stage
    ? lines
    : [`${bootlet.stage}, and ${apiserver.stage} in the apiserver`];
};

const faultsOf = (verdict: Verdict): Faults => (verdict.stage === 'accepted' ? new Map() : verdict.faults);
const show = (codes: ReadonlySet<string>): string => [...codes].join(', ') || 'no fault';

/**
 * Where two specs mean something else. What is written as empty and what is left out are one where Kubernetes has no
 * default; quantities are compared by value, which is how Kubernetes writes them anew.
 */
const specDifferences = (ours: unknown, theirs: unknown, at: string): string[] => {
  if (isDeepStrictEqual(ours, theirs) || isSameQuantity(ours, theirs)) return [];
  const different = `${at}: ${JSON.stringify(ours)}, and ${JSON.stringify(theirs)} in the apiserver`;
  if (isObject(ours) && (isObject(theirs) || theirs === undefined)) return memberDifferences(ours, theirs ?? {}, at);
  if (isObject(theirs) && ours === undefined) return memberDifferences({}, theirs, at);
  if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length)
    return ours.flatMap((item, index) => specDifferences(item, theirs[index], `${at}[${index}]`));
  const isNothing = theirs === undefined ? isEmpty(ours) : ours === undefined && theirs === '';
  return isNothing ? [] : [different];
};

const memberDifferences = (ours: Record<string, unknown>, theirs: Record<string, unknown>, at: string): string[] =>
  [...new Set([...Object.keys(ours), ...Object.keys(theirs)])].flatMap((name) =>
    specDifferences(ours[name], theirs[name] ?? undefined, `${at}.${name}`),
  );

const isEmpty = (value: unknown): boolean =>
  value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);

const isSameQuantity = (ours: unknown, theirs: unknown): boolean => {
  const values = [ours, theirs].map((one) =>
    typeof one === 'string' || typeof one === 'number' ? parseQuantity(String(one))?.nano : undefined,
  );
  return values[0] !== undefined && values[0] === values[1];
};
