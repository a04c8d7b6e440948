import { dnsLabel, dnsSubdomain } from '../../../kubernetes/formats.ts';
import { parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkAnnotations } from './metadata.ts';
import { checkLabelSelector, checkLabels } from './selectors.ts';

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
const volumeModes = ['Block', 'Filesystem'];

/** The claim that an ephemeral volume creates. Static pods cannot have one, but what is wrong with it comes first. */
export const checkClaimTemplate = (
  template: Draft<'PersistentVolumeClaimTemplate'>,
  at: Field,
  issues: Issues,
): void => {
  const { annotations = {}, labels = {}, ...others } = template.metadata ?? {};
  const metadata = at.child('metadata');
  checkAnnotations(annotations, metadata.child('annotations'), issues);
  checkLabels(labels, metadata.child('labels'), issues);
  for (const [name, value] of Object.entries(others))
    if (value !== '' && value !== 0)
      issues.forbidden(metadata.child(name === 'uid' ? 'uID' : name), 'cannot be set here');
  checkClaim(template.spec ?? {}, at.child('spec'), issues);
};

const checkClaim = (claim: Draft<'PersistentVolumeClaimSpec'>, at: Field, issues: Issues): void => {
  const modes = claim.accessModes ?? [];
  if (modes.length === 0) issues.required(at.child('accessModes'));
  for (const mode of modes)
    if (!accessModes.includes(mode)) issues.notOneOf(at.child('accessModes'), mode, accessModes);
  const others = modes.filter((mode) => accessModes.includes(mode) && mode !== 'ReadWriteOncePod');
  if (modes.includes('ReadWriteOncePod') && others.length > 0)
    issues.forbidden(at.child('accessModes'), 'ReadWriteOncePod cannot stand beside other access modes');
  if (claim.selector) checkLabelSelector(claim.selector, at.child('selector'), issues);

  const storage = claim.resources?.requests?.['storage'];
  const where = at.child('resources').key('storage');
  if (storage === undefined) issues.required(where);
  else if ((parseQuantity(storage)?.nano ?? 0n) <= 0n) issues.invalid(where, storage, 'must be more than 0');

  for (const name of ['storageClassName', 'volumeAttributesClassName'] as const)
    if (claim[name]) issues.form(at.child(name), claim[name], dnsSubdomain);
  if (claim.volumeMode !== undefined && !volumeModes.includes(claim.volumeMode))
    issues.notOneOf(at.child('volumeMode'), claim.volumeMode, volumeModes);
  checkDataSources(claim, at, issues);
};

const checkDataSources = (
  { dataSource, dataSourceRef }: Draft<'PersistentVolumeClaimSpec'>,
  at: Field,
  issues: Issues,
): void => {
  if (dataSource) checkDataSource(dataSource, at.child('dataSource'), issues);
  if (dataSourceRef) checkDataSource(dataSourceRef, at.child('dataSourceRef'), issues);
  if (dataSourceRef?.namespace) issues.form(at.child('dataSourceRef', 'namespace'), dataSourceRef.namespace, dnsLabel);
  if (!dataSource || !dataSourceRef) return;
  const same = (['apiGroup', 'kind', 'name'] as const).every((name) => dataSource[name] === dataSourceRef[name]);
  if (dataSourceRef.namespace || !same)
    issues.invalid(at, 'dataSource', 'must be the same as dataSourceRef, without a namespace');
};

const checkDataSource = (source: Draft<'TypedLocalObjectReference'>, at: Field, issues: Issues): void => {
  if (!source.name) issues.required(at.child('name'));
  if (!source.kind) issues.required(at.child('kind'));
  if (source.apiGroup) issues.form(at.child('apiGroup'), source.apiGroup, dnsSubdomain);
  else if (source.kind !== 'PersistentVolumeClaim') issues.invalid(at, source.kind, 'needs an apiGroup');
};
