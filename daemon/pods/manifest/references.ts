import { Field } from './field.ts';
import type { Issues } from './issues.ts';
import type { Draft } from './schema/types.ts';
import { containersOf } from './validate/visit.ts';

const secretVolumes = ['cephfs', 'cinder', 'flexVolume', 'rbd', 'scaleIO', 'iscsi', 'storageos'] as const;
const apiVolumes: Readonly<Record<string, string>> = {
  configMap: 'a ConfigMap',
  secret: 'a Secret',
  csi: 'a CSI driver',
  glusterfs: 'Endpoints',
  persistentVolumeClaim: 'a PersistentVolumeClaim',
  ephemeral: 'a PersistentVolumeClaim',
  azureFile: 'a Secret',
};
const apiProjections: Readonly<Record<string, string>> = {
  configMap: 'a ConfigMap',
  secret: 'a Secret',
  serviceAccountToken: 'a ServiceAccount',
  clusterTrustBundle: 'a ClusterTrustBundle',
  podCertificate: 'a PodCertificateRequest',
};

/**
 * A static pod must run without an apiserver, so it may name nothing that lives in one
 * (the kubelet's PreventStaticPodAPIReferences).
 */
export const checkReferences = (spec: Draft<'PodSpec'>, issues: Issues): void => {
  const at = Field.root.child('spec');
  const refuse = (field: Field, what: string) =>
    issues.add('E_MANIFEST_REFERENCE', field, `refers to ${what}, and a static pod cannot: it runs without the API`);

  if (spec.serviceAccountName) refuse(at.child('serviceAccountName'), 'a ServiceAccount');
  for (const [i, { name }] of (spec.imagePullSecrets ?? []).entries())
    if (name) refuse(at.child('imagePullSecrets').index(i), 'a Secret');
  if (spec.resourceClaims?.length) refuse(at.child('resourceClaims'), 'a ResourceClaim');
  for (const { container, at: here } of containersOf(spec, at)) checkContainer(container, here, refuse);
  for (const [i, volume] of (spec.volumes ?? []).entries()) checkVolume(volume, at.child('volumes').index(i), refuse);
};

type Refuse = (field: Field, what: string) => void;

const checkContainer = (container: Draft<'Container'>, at: Field, refuse: Refuse): void => {
  for (const [i, { secretRef, configMapRef }] of (container.envFrom ?? []).entries()) {
    const here = at.child('envFrom').index(i);
    if (secretRef?.name) refuse(here.child('secretRef'), 'a Secret');
    if (configMapRef?.name) refuse(here.child('configMapRef'), 'a ConfigMap');
  }
  for (const [i, { valueFrom }] of (container.env ?? []).entries()) {
    const here = at.child('env').index(i).child('valueFrom');
    if (valueFrom?.secretKeyRef?.name) refuse(here.child('secretKeyRef'), 'a Secret');
    if (valueFrom?.configMapKeyRef?.name) refuse(here.child('configMapKeyRef'), 'a ConfigMap');
  }
};

const checkVolume = (volume: Draft<'Volume'>, at: Field, refuse: Refuse): void => {
  for (const kind of secretVolumes) if (volume[kind]?.secretRef?.name) refuse(at.child(kind, 'secretRef'), 'a Secret');
  for (const kind of Object.keys(volume)) if (apiVolumes[kind]) refuse(at.child(kind), apiVolumes[kind]);
  for (const [i, source] of (volume.projected?.sources ?? []).entries()) {
    const here = at.child('projected', 'sources').index(i);
    const kinds = Object.keys(source);
    if (kinds.length === 0) refuse(here, 'nothing at all');
    for (const kind of kinds) if (apiProjections[kind]) refuse(here.child(kind), apiProjections[kind]);
  }
};
