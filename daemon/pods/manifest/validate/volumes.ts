import { dnsLabel, dnsSubdomain, noBacksteps, relativePath } from '../../../kubernetes/formats.ts';
import { parseQuantity } from '../../../kubernetes/quantity.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkClaimTemplate } from './claim-template.ts';
import type { DeclaredVolumes } from './mounts.ts';
import { networkVolumes } from './network-volumes.ts';
import { checkDownwardFiles, checkProjected } from './projected.ts';
import { checkKeys, checkMode } from './volume-files.ts';
import type { SourceRules, VolumeKind, VolumeSource } from './volume-rules.ts';

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

const objectVolumes: SourceRules = {
  hostPath: ({ path, type = '' }, at, issues) => {
    if (!path) return issues.required(at.child('path'), 'must be the path of a file or directory on the host');
    issues.form(at.child('path'), path, noBacksteps);
    if (!hostPathTypes.includes(type)) issues.notOneOf(at.child('type'), type, hostPathTypes);
  },
  gitRepo: ({ repository, directory = '' }, at, issues) => {
    if (!repository) issues.required(at.child('repository'));
    issues.form(at.child('directory'), directory, relativePath);
  },
  secret: ({ secretName, defaultMode, items = [] }, at, issues) => {
    if (!secretName) issues.required(at.child('secretName'));
    checkMode(defaultMode, at.child('defaultMode'), issues);
    checkKeys(items, at.child('items'), issues);
  },
  configMap: ({ name, defaultMode, items = [] }, at, issues) => {
    if (!name) issues.required(at.child('name'));
    checkMode(defaultMode, at.child('defaultMode'), issues);
    checkKeys(items, at.child('items'), issues);
  },
  persistentVolumeClaim: ({ claimName }, at, issues) => {
    if (!claimName) issues.required(at.child('claimName'));
  },
  downwardAPI: ({ defaultMode, items = [] }, at, issues) => {
    checkMode(defaultMode, at.child('defaultMode'), issues);
    checkDownwardFiles(items, at, issues);
  },
  projected: (projected, at, issues) => {
    checkMode(projected.defaultMode, at.child('defaultMode'), issues);
    checkProjected(projected.sources ?? [], at, issues);
  },
  ephemeral: ({ volumeClaimTemplate }, at, issues) => {
    if (!volumeClaimTemplate) issues.required(at.child('volumeClaimTemplate'));
    else checkClaimTemplate(volumeClaimTemplate, at.child('volumeClaimTemplate'), issues);
  },
  image: ({ pullPolicy }, at, issues) => {
    if (!pullPolicies.includes(pullPolicy ?? '')) issues.notOneOf(at.child('pullPolicy'), pullPolicy, pullPolicies);
  },
};

const rules: SourceRules = { ...objectVolumes, ...networkVolumes };

/** Kubernetes' order: of several sources the first is checked and the others are refused. */
const kinds = [
  ...[
    'emptyDir',
    'hostPath',
    'gitRepo',
    'gcePersistentDisk',
    'awsElasticBlockStore',
    'secret',
    'nfs',
    'iscsi',
    'glusterfs',
  ],
  ...[
    'flocker',
    'persistentVolumeClaim',
    'rbd',
    'cinder',
    'cephfs',
    'quobyte',
    'downwardAPI',
    'fc',
    'flexVolume',
    'configMap',
  ],
  ...[
    'azureFile',
    'vsphereVolume',
    'photonPersistentDisk',
    'portworxVolume',
    'azureDisk',
    'storageos',
    'projected',
    'scaleIO',
  ],
  ...['csi', 'ephemeral', 'image'],
] as const satisfies readonly VolumeKind[];

/** Where Kubernetes' paths do not name the field of the source itself. */
const pathOfSecond: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };
const pathOfFirst: Readonly<Record<string, string>> = { gcePersistentDisk: 'persistentDisk' };

/** Checks the volumes of a pod and says which of them are good. */
export const checkVolumes = (
  volumes: readonly Draft<'Volume'>[],
  podName: string,
  at: Field,
  issues: Issues,
): DeclaredVolumes => {
  const good = new Map<string, Draft<'Volume'>>();
  const refused = new Set<string>();
  const created = new Set(volumes.filter((volume) => volume.ephemeral).map(({ name }) => `${podName}-${name}`));
  for (const [i, volume] of volumes.entries()) {
    const here = at.index(i);
    const name = volume.name ?? '';
    const before = issues.count;
    checkSource(volume, podName, here, issues);
    if (name === '') issues.required(here.child('name'));
    else issues.form(here.child('name'), name, dnsLabel);
    if (good.has(name)) issues.duplicate(here.child('name'), name);
    if (issues.count === before) good.set(name, volume);
    else refused.add(name);
    const claim = volume.persistentVolumeClaim?.claimName ?? '';
    if (volume.persistentVolumeClaim && created.has(claim))
      issues.invalid(
        here.child('persistentVolumeClaim', 'claimName'),
        claim,
        'is the claim that an ephemeral volume creates',
      );
  }
  return { good, refused };
};

const checkSource = (volume: Draft<'Volume'>, podName: string, at: Field, issues: Issues): void => {
  const [first, ...others] = kinds.filter((kind) => volume[kind] !== undefined);
  if (!first) return issues.required(at, 'needs a source');
  const limit = volume.emptyDir?.sizeLimit;
  if (limit !== undefined && (parseQuantity(limit)?.nano ?? 0n) < 0n)
    issues.forbidden(at.child('emptyDir', 'sizeLimit'), `'${limit}' must not be negative`);
  checkOne(first, volume, at.child(pathOfFirst[first] ?? first), issues);
  for (const kind of others)
    issues.forbidden(at.child(pathOfSecond[kind] ?? kind), `there is already ${first}; a volume has one source`);
  checkInitiator(volume, at, issues);
  const claim = `${podName}-${volume.name}`;
  if (first === 'ephemeral' && volume.name && dnsSubdomain(claim) !== undefined)
    issues.invalid(at.child('name'), volume.name, `makes a claim of the name '${claim}', which is not a good one`);
};

const checkOne = <K extends VolumeKind>(kind: K, volume: Draft<'Volume'>, at: Field, issues: Issues): void => {
  const source = volume[kind];
  if (source !== undefined) rules[kind]?.(source as VolumeSource<K>, at, issues);
};

const checkInitiator = ({ iscsi, name = '' }: Draft<'Volume'>, at: Field, issues: Issues): void => {
  const longest = 64;
  if (iscsi?.initiatorName !== undefined && `${name}:${iscsi.targetPortal ?? ''}`.length > longest)
    issues.invalid(at.child('name'), name, `and the target portal together are longer than ${longest} characters`);
};
