import { byteLength, dnsLabel, dnsSubdomain, dnsSubdomainPrefix, qualifiedName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkLabels } from './selectors.ts';

const maxAnnotationBytes = 256 * 1024;
const orphan = 'orphan';
const foreground = 'foregroundDeletion';
const plainFinalizers = ['kubernetes', orphan, foreground];
const operations = ['Apply', 'Update'];
const maxManager = 128;
const maxSubresource = 256;

export const checkMetadata = (metadata: Draft<'ObjectMeta'>, at: Field, issues: Issues): void => {
  const { generateName, name = '', namespace = '', generation = 0 } = metadata;
  if (generateName) issues.form(at.child('generateName'), generateName, dnsSubdomainPrefix);
  issues.form(at.child('name'), name, dnsSubdomain);
  issues.form(at.child('namespace'), namespace, dnsLabel);
  if (generation < 0) issues.invalid(at.child('generation'), generation, 'must not be negative');
  checkLabels(metadata.labels ?? {}, at.child('labels'), issues);
  checkAnnotations(metadata.annotations ?? {}, at.child('annotations'), issues);
  checkOwners(metadata.ownerReferences ?? [], at.child('ownerReferences'), issues);
  checkFinalizers(metadata.finalizers ?? [], at.child('finalizers'), issues);
  checkManagedFields(metadata.managedFields ?? [], at.child('managedFields'), issues);
};

/** Keys as labels have them, but in any case; all together at most 256 KiB. */
export const checkAnnotations = (annotations: Readonly<Record<string, string>>, at: Field, issues: Issues): void => {
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) {
    issues.form(at, key, (text) => qualifiedName(text.toLowerCase()));
    size += byteLength(key) + byteLength(value);
  }
  if (size > maxAnnotationBytes)
    issues.invalid(at, size, `bytes are too many: at most ${maxAnnotationBytes} in all annotations`);
};

/** Kubernetes reports faults of an owner without its index. */
const checkOwners = (owners: readonly Draft<'OwnerReference'>[], at: Field, issues: Issues): void => {
  for (const { apiVersion = '', kind = '', name = '', uid = '' } of owners) {
    const version = apiVersion.split('/').at(-1);
    const given = { apiVersion: apiVersion.split('/').length > 2 ? '' : version, kind, name, uid };
    for (const [field, value] of Object.entries(given))
      if (!value) issues.invalid(at.child(field), value, 'must be given');
    if (apiVersion === 'v1' && kind === 'Event') issues.invalid(at, kind, 'cannot be an owner');
  }
  const controllers = owners.filter((owner) => owner.controller === true);
  for (const { name } of controllers.slice(1)) issues.invalid(at, name, 'is a second controller; there can be one');
};

const checkFinalizers = (finalizers: readonly string[], at: Field, issues: Issues): void => {
  for (const [i, name] of finalizers.entries()) {
    issues.form(at, name, qualifiedName);
    if (!name.includes('/') && !plainFinalizers.includes(name))
      issues.invalid(at.index(i), name, 'needs a domain in front');
  }
  if (finalizers.includes(orphan) && finalizers.includes(foreground))
    issues.invalid(at, orphan, `cannot stand beside ${foreground}`);
};

const checkManagedFields = (entries: readonly Draft<'ManagedFieldsEntry'>[], at: Field, issues: Issues): void => {
  for (const [i, { operation, fieldsType, manager = '', subresource = '' }] of entries.entries()) {
    const here = at.index(i);
    if (!operations.includes(operation ?? '')) issues.notOneOf(here.child('operation'), operation, operations);
    if (fieldsType && fieldsType !== 'FieldsV1') issues.notOneOf(here.child('fieldsType'), fieldsType, ['FieldsV1']);
    if (byteLength(manager) > maxManager)
      issues.invalid(here.child('manager'), manager, `is longer than ${maxManager} bytes`);
    if (!/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]*$/u.test(manager))
      issues.invalid(here.child('manager'), manager, 'must be printable');
    if (byteLength(subresource) > maxSubresource)
      issues.invalid(here.child('subresource'), subresource, `is longer than ${maxSubresource} bytes`);
  }
};
