import { dnsLabel, qualifiedName } from '../../../kubernetes/formats.ts';
import { compareQuantities, parseQuantity, type Quantity, unitsOf } from '../../../kubernetes/quantity.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import { aggregate, isHugePages, isNative, isOvercommitAllowed, isPodLevelResource } from '../resource-list.ts';
import type { Draft } from '../schema/types.ts';

type NameCheck = (name: string, at: Field, issues: Issues) => void;

const counted = ['pods', 'resourcequotas', 'services', 'replicationcontrollers', 'secrets', 'configmaps'];
const countedClaims = ['persistentvolumeclaims', 'services.nodeports', 'services.loadbalancers'];
const amounts = ['cpu', 'memory', 'ephemeral-storage'];
const quotas = ['requests', 'limits'].flatMap((kind) => amounts.map((name) => `${kind}.${name}`));
const standard = new Set([...amounts, ...quotas, ...counted, ...countedClaims, 'storage', 'requests.storage']);
const isStandard = (name: string) => standard.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');

const zero: Quantity = { nano: 0n, format: 'decimal' };
const nanoUnit = 1_000_000_000n;
const read = (text: string): Quantity => parseQuantity(text) ?? zero;

/** Of a device plugin or the like: with a domain of its own, and still a good name as a quota (`requests.NAME`). */
const isExtended = (name: string) =>
  !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`) === undefined;

const checkAnyName: NameCheck = (name, at, issues) => {
  const reason = qualifiedName(name);
  if (reason !== undefined) issues.invalid(at, name, reason);
  else if (!name.includes('/') && !isStandard(name))
    issues.invalid(at, name, 'is no resource of Kubernetes; others need a domain, as in example.com/gpu');
};

const checkContainerName: NameCheck = (name, at, issues) => {
  checkAnyName(name, at, issues);
  if (!name.includes('/')) {
    if (!amounts.includes(name) && !isHugePages(name))
      issues.invalid(at, name, 'is not a resource that containers have');
  } else if (!isNative(name) && !isExtended(name)) {
    issues.invalid(at, name, "is not a good name for an extended resource (no 'requests.' in front)");
  }
};

const checkPodLevelName: NameCheck = (name, at, issues) => {
  const reason = qualifiedName(name);
  if (reason !== undefined || (!name.includes('/') && !isStandard(name))) checkAnyName(name, at, issues);
  else if (!isPodLevelResource(name)) issues.notOneOf(at, name, ['cpu', 'hugepages-', 'memory']);
};

const checkAmount = (name: string, quantity: Quantity, text: string, at: Field, issues: Issues): void => {
  if (quantity.nano < 0n) issues.invalid(at, text, 'must not be negative');
  if ((counted.includes(name) || countedClaims.includes(name) || isExtended(name)) && quantity.nano % nanoUnit !== 0n)
    issues.invalid(at, text, 'must be a whole number');
  if (isHugePages(name) && !isWholePages(name, quantity))
    issues.invalid(at, text, `must be a multiple of the page size of ${name}`);
};

const isWholePages = (name: string, quantity: Quantity): boolean => {
  const page = parseQuantity(name.slice('hugepages-'.length));
  if (!page || page.nano <= 0n || page.nano % nanoUnit !== 0n) return false;
  return unitsOf(quantity) % unitsOf(page) === 0n;
};

const checkRequirements = (
  requirements: Draft<'ResourceRequirements'>,
  checkName: NameCheck,
  claimNames: ReadonlySet<string>,
  at: Field,
  issues: Issues,
): void => {
  const { limits = {}, requests = {} } = requirements;
  for (const [kind, list] of [
    ['limits', limits],
    ['requests', requests],
  ] as const) {
    for (const [name, text] of Object.entries(list)) {
      checkName(name, at.child(kind).key(name), issues);
      checkAmount(name, read(text), text, at.child(kind).key(name), issues);
    }
  }
  for (const [name, text] of Object.entries(requests)) checkAgainstLimit(name, text, limits[name], at, issues);
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory'))
    issues.forbidden(at, 'huge pages need cpu or memory beside them');
  checkClaims(requirements.claims ?? [], claimNames, at.child('claims'), issues);
};

const checkAgainstLimit = (
  name: string,
  request: string,
  limit: string | undefined,
  at: Field,
  issues: Issues,
): void => {
  const where = at.child('requests');
  if (limit === undefined) {
    if (!isOvercommitAllowed(name))
      issues.required(at.child('limits'), `must be given for ${name}, as it cannot be overcommitted`);
    return;
  }
  const order = compareQuantities(read(request), read(limit));
  if (order !== 0 && !isOvercommitAllowed(name))
    issues.invalid(where, request, `must equal the limit of ${name} (${limit})`);
  else if (order > 0) issues.invalid(where, request, `must not be more than the limit of ${name} (${limit})`);
};

/** Of one resource claim either all requests or single ones can be used, each once. */
const checkClaims = (
  claims: readonly Draft<'ResourceClaim'>[],
  known: ReadonlySet<string>,
  at: Field,
  issues: Issues,
): void => {
  const used = new Set<string>();
  const usedInParts = new Set<string>();
  for (const [i, { name = '', request = '' }] of claims.entries()) {
    const here = at.index(i);
    if (name === '') {
      issues.required(here);
      continue;
    }
    const key = request === '' ? name : `${name}/${request}`;
    const partlyUsed = request === '' && usedInParts.has(name);
    if (request !== '' && !used.has(name)) issues.form(here.child('request'), request, dnsLabel);
    if (used.has(name) || used.has(key) || partlyUsed) issues.duplicate(here, key);
    used.add(key);
    if (request !== '') usedInParts.add(name);
    if (!known.has(name)) issues.notFound(here, name, 'resource claim in spec.resourceClaims', [...known]);
  }
};

export const checkContainerResources = (
  requirements: Draft<'ResourceRequirements'>,
  claimNames: ReadonlySet<string>,
  at: Field,
  issues: Issues,
): void => checkRequirements(requirements, checkContainerName, claimNames, at, issues);

/** The overhead of a runtime class is checked as if it were the limits of a container. */
export const checkOverhead = (overhead: Readonly<Record<string, string>>, at: Field, issues: Issues): void =>
  checkRequirements({ limits: { ...overhead } }, checkContainerName, new Set(), at, issues);

/** Resources of the pod as a whole (KEP-2837) bound those of its containers. */
export const checkPodResources = (
  spec: Draft<'PodSpec'>,
  claimNames: ReadonlySet<string>,
  at: Field,
  issues: Issues,
): void => {
  const resources = spec.resources;
  if (!resources) return;
  if (spec.os?.name === 'windows') return issues.forbidden(at, 'cannot be set for a Windows pod');
  if (resources.claims !== undefined) issues.forbidden(at.child('claims'), 'only containers can have claims');
  checkRequirements(resources, checkPodLevelName, claimNames, at, issues);
  const { limits = {}, requests = {} } = resources;
  for (const [name, needed] of aggregate(spec, 'requests'))
    checkBound(name, needed, requests[name], at.child('requests').key(name), issues);
  for (const [name, needed] of aggregate(spec, 'limits'))
    if (isHugePages(name)) checkBound(name, needed, limits[name], at.child('limits').key(name), issues);
  for (const [i, container] of (spec.containers ?? []).entries())
    for (const [name, text] of Object.entries(container.resources?.limits ?? {}))
      checkBound(name, read(text), limits[name], at.child('containers').index(i).key(name).child('limits'), issues);
};

const checkBound = (name: string, needed: Quantity, bound: string | undefined, at: Field, issues: Issues): void => {
  if (bound !== undefined && compareQuantities(needed, read(bound)) > 0)
    issues.invalid(at, bound, `of ${name} for the pod is less than its containers ask for`);
};
