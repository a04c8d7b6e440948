import {
  configMapKey,
  dnsLabel,
  dnsSubdomain,
  dnsSubdomainPrefix,
  environmentName,
  noBacksteps,
  qualifiedName,
} from '../../../kubernetes/formats.ts';
import { compareQuantities, formatQuantity, parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];
export const volumeFields = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];
/** What a field path may name at all; the others of these are not offered to containers. */
const podFields = [...envFields, ...volumeFields, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'];
const resources = ['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [`limits.${name}`, `requests.${name}`]);
const sizes = ['1', ...['k', 'M', 'G', 'T', 'P', 'E', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((unit) => `1${unit}`)];

export const checkEnv = (vars: readonly Draft<'EnvVar'>[], at: Field, issues: Issues): void => {
  for (const [i, variable] of vars.entries()) {
    const here = at.index(i);
    if (!variable.name) issues.required(here.child('name'));
    else issues.form(here.child('name'), variable.name, environmentName);
    if (variable.valueFrom)
      checkValueFrom(variable.valueFrom, Boolean(variable.value), here.child('valueFrom'), issues);
  }
};

const checkValueFrom = (source: Draft<'EnvVarSource'>, hasValue: boolean, at: Field, issues: Issues): void => {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source;
  if (fieldRef) checkFieldRef(fieldRef, envFields, at.child('fieldRef'), issues);
  if (resourceFieldRef) checkResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), issues);
  if (configMapKeyRef) checkKeyRef(configMapKeyRef, at.child('configMapKeyRef'), issues);
  if (secretKeyRef) checkKeyRef(secretKeyRef, at.child('secretKeyRef'), issues);
  if (fileKeyRef) checkFileKeyRef(fileKeyRef, at.child('fileKeyRef'), issues);
  const given = Object.keys(source).length;
  if (given === 0) issues.invalid(at, source, 'names no source for the value');
  else if (hasValue) issues.invalid(at, Object.keys(source)[0], 'cannot stand beside a value');
  else if (given > 1) issues.invalid(at, Object.keys(source).join(', '), 'are several sources; only one may be given');
};

/** A path such as `metadata.labels['app']`: what is before the brackets and what is in them. */
const splitSubscript = (path: string): { path: string; subscript?: string } => {
  const [, before, subscript] = /^([^]+?)\['([^]*)'\]$/.exec(path) ?? [];
  return before === undefined || subscript === undefined ? { path } : { path: before, subscript };
};

export const checkFieldRef = (
  ref: Draft<'ObjectFieldSelector'>,
  offered: readonly string[],
  at: Field,
  issues: Issues,
): void => {
  const field = at.child('fieldPath');
  if (!ref.fieldPath) return issues.required(field);
  if (ref.apiVersion !== 'v1') return issues.invalid(field, ref.apiVersion, 'is not an API version that has pods');
  const { path, subscript } = splitSubscript(ref.fieldPath);
  if (subscript !== undefined) {
    if (path === 'metadata.labels') issues.form(at, subscript, qualifiedName);
    else if (path === 'metadata.annotations') issues.form(at, subscript.toLowerCase(), qualifiedName);
    else issues.invalid(field, ref.fieldPath, "cannot have ['…']: only metadata.labels and metadata.annotations can");
    return;
  }
  const canonical = path === 'spec.host' ? 'spec.nodeName' : path;
  if (!offered.includes(canonical)) issues.notOneOf(field, canonical, offered.length > 0 ? offered : podFields);
};

/** `container` is required in volumes, where there is no container to mean by default. */
export const checkResourceFieldRef = (
  ref: Draft<'ResourceFieldSelector'>,
  at: Field,
  issues: Issues,
  inVolume = false,
): void => {
  const name = ref.resource ?? '';
  if (inVolume && !ref.containerName) issues.required(at.child('containerName'));
  else if (name === '') issues.required(at.child('resource'));
  else if (!resources.includes(name) && !/^(requests|limits)\.hugepages-/.test(name))
    issues.notOneOf(at.child('resource'), name, resources);
  checkDivisor(name, ref.divisor, at.child('divisor'), issues);
};

const divisorsOf = (resource: string): readonly string[] | undefined => {
  if (resource.endsWith('.cpu')) return ['1', '1m'];
  return resources.includes(resource) || /^(requests|limits)\.hugepages-/.test(resource) ? sizes : undefined;
};

const checkDivisor = (resource: string, divisor: string | undefined, at: Field, issues: Issues): void => {
  if (divisor === undefined) return;
  const quantity = parseQuantity(divisor);
  if (!quantity || compareQuantities(quantity, { nano: 0n, format: 'decimal' }) === 0) return;
  const allowed = divisorsOf(resource);
  // Go keeps the text of a short quantity and compares that: 1000k is 1M, but +1, 01 and 1. are not 1.
  const text = /^\+?0*1\.?\D*$/.test(divisor) ? divisor : formatQuantity(quantity);
  if (allowed && !allowed.includes(text)) issues.notOneOf(at, divisor, allowed);
};

const checkKeyRef = (ref: { name?: string; key?: string }, at: Field, issues: Issues): void => {
  issues.form(at.child('name'), ref.name ?? '', dnsSubdomain);
  if (!ref.key) issues.required(at.child('key'));
  else issues.form(at.child('key'), ref.key, configMapKey);
};

const checkFileKeyRef = (ref: Draft<'FileKeySelector'>, at: Field, issues: Issues): void => {
  for (const [name, format] of [
    ['key', environmentName],
    ['volumeName', dnsLabel],
    ['path', noBacksteps],
  ] as const) {
    const value = ref[name];
    if (!value) issues.required(at.child(name));
    else issues.form(at.child(name), value, format);
  }
};

/** A variable read from a file comes from an emptyDir, where an init container can have put it. */
export const checkFileKeyVolumes = (
  container: Draft<'Container'>,
  volumes: readonly Draft<'Volume'>[],
  at: Field,
  issues: Issues,
): void => {
  for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
    if (!valueFrom?.fileKeyRef) continue;
    const where = at.child('env').index(i).child('valueFrom', 'fileKeyRef', 'volumeName');
    const name = valueFrom.fileKeyRef.volumeName ?? '';
    const volume = volumes.findLast((candidate) => (candidate.name ?? '') === name);
    if (!volume)
      issues.notFound(
        where,
        name,
        'volume',
        volumes.map((v) => v.name ?? ''),
      );
    else if (!volume.emptyDir) issues.invalid(where, name, 'must be an emptyDir volume');
  }
};

export const checkEnvFrom = (sources: readonly Draft<'EnvFromSource'>[], at: Field, issues: Issues): void => {
  for (const [i, source] of sources.entries()) {
    const here = at.index(i);
    if (source.prefix) issues.form(here.child('prefix'), source.prefix, environmentName);
    for (const kind of ['configMapRef', 'secretRef'] as const) {
      const ref = source[kind];
      if (ref && !ref.name) issues.required(here.child(kind, 'name'));
      else if (ref?.name) issues.form(here.child(kind, 'name'), ref.name, dnsSubdomainPrefix);
    }
    if (!source.configMapRef && !source.secretRef) issues.invalid(at, source, 'needs configMapRef or secretRef');
    if (source.configMapRef && source.secretRef)
      issues.invalid(at, source, 'may have configMapRef or secretRef, not both');
  }
};
