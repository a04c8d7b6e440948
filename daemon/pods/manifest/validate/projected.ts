import { localPath, qualifiedName } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkFieldRef, checkResourceFieldRef, volumeFields } from './env.ts';
import { checkLabelSelector } from './selectors.ts';
import { isKubernetesSigner, signerName, trustBundleName } from './signers.ts';
import { checkFilePath, checkKeys, checkMode } from './volume-files.ts';

/** Kubernetes reports the faults of a file on the list's parent, not on the file. */
export const checkDownwardFiles = (
  files: readonly Draft<'DownwardAPIVolumeFile'>[],
  at: Field,
  issues: Issues,
): void => {
  for (const { path, mode, fieldRef, resourceFieldRef } of files) {
    checkFilePath(path, at.child('path'), issues);
    if (fieldRef) checkFieldRef(fieldRef, volumeFields, at.child('fieldRef'), issues);
    else if (resourceFieldRef) checkResourceFieldRef(resourceFieldRef, at.child('resourceFieldRef'), issues, true);
    else issues.required(at, 'needs fieldRef or resourceFieldRef');
    if (fieldRef && resourceFieldRef) issues.invalid(at, path, 'may have fieldRef or resourceFieldRef, not both');
    checkMode(mode, at.child('mode'), issues);
  }
};

/** The paths that one projected volume has given away. */
class Paths {
  readonly #taken = new Set<string>();
  readonly #at: Field;
  readonly #issues: Issues;

  constructor(at: Field, issues: Issues) {
    this.#at = at;
    this.#issues = issues;
  }

  take(path: string | undefined): void {
    if (path === undefined) return;
    if (this.#taken.has(path)) this.#issues.invalid(this.#at, path, 'is the path of two files');
    this.#taken.add(path);
  }
}

export const checkProjected = (sources: readonly Draft<'VolumeProjection'>[], at: Field, issues: Issues): void => {
  const paths = new Paths(at, issues);
  for (const [i, source] of sources.entries()) {
    const here = at.child('sources').index(i);
    const { secret, configMap, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = source;
    if (secret) checkNamed(secret, paths, here.child('secret'), issues);
    if (configMap) checkNamed(configMap, paths, here.child('configMap'), issues);
    if (downwardAPI) {
      checkDownwardFiles(downwardAPI.items ?? [], here.child('downwardAPI'), issues);
      for (const { path } of downwardAPI.items ?? []) paths.take(path || undefined);
    }
    if (serviceAccountToken) checkToken(serviceAccountToken, at, here.child('serviceAccountToken'), issues);
    if (clusterTrustBundle) checkTrustBundle(clusterTrustBundle, paths, here.child('clusterTrustBundle'), issues);
    if (podCertificate) checkCertificate(podCertificate, paths, here.child('podCertificate'), issues);
    if (Object.keys(source).length > 1)
      issues.forbidden(here, `${Object.keys(source).join(' and ')}: only one may be given`);
  }
};

const checkNamed = (source: Draft<'SecretProjection'>, paths: Paths, at: Field, issues: Issues): void => {
  if (!source.name) issues.required(at.child('name'));
  checkKeys(source.items ?? [], at.child('items'), issues);
  for (const { path } of source.items ?? []) paths.take(path || undefined);
};

const checkToken = (token: Draft<'ServiceAccountTokenProjection'>, volume: Field, at: Field, issues: Issues): void => {
  const seconds = token.expirationSeconds ?? 0;
  if (seconds < 600 || seconds > 2 ** 32)
    issues.invalid(at.child('expirationSeconds'), seconds, 'must be between 600 and 2^32');
  checkFilePath(token.path, volume.child('path'), issues);
};

const checkTrustBundle = (
  bundle: Draft<'ClusterTrustBundleProjection'>,
  paths: Paths,
  at: Field,
  issues: Issues,
): void => {
  const { name, signerName: signer, labelSelector } = bundle;
  if (name !== undefined && signer !== undefined) issues.invalid(at, name, 'may have name or signerName, not both');
  else if (name !== undefined) {
    if (name === '') issues.required(at.child('name'));
    issues.form(at.child('name'), name, trustBundleName);
    if (labelSelector) issues.invalid(at.child('labelSelector'), labelSelector, 'cannot stand beside a name');
  } else if (signer !== undefined) {
    if (signer === '') issues.required(at.child('signerName'));
    else issues.form(at.child('signerName'), signer, signerName);
    if (labelSelector) checkLabelSelector(labelSelector, at.child('labelSelector'), issues);
  } else issues.required(at, 'needs name or signerName');
  checkFilePath(bundle.path, at.child('path'), issues);
  paths.take(bundle.path ?? '');
};

const keyTypes = ['ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519', 'RSA3072', 'RSA4096'];
const day = 24 * 3600;
const maxAnnotationBytes = 256 * 1024;

const checkCertificate = (
  certificate: Draft<'PodCertificateProjection'>,
  paths: Paths,
  at: Field,
  issues: Issues,
): void => {
  const { signerName: signer = '', keyType, maxExpirationSeconds: seconds, userAnnotations = {} } = certificate;
  if (signer === '') issues.required(at.child('signerName'));
  else issues.form(at.child('signerName'), signer, signerName);
  for (const key of Object.keys(userAnnotations))
    issues.form(at.child('userAnnotations'), key.toLowerCase(), domainKey);
  if (Buffer.byteLength(Object.entries(userAnnotations).flat().join('')) > maxAnnotationBytes)
    issues.invalid(at.child('userAnnotations'), '…', `are longer than ${maxAnnotationBytes} bytes`);
  if (!keyTypes.includes(keyType ?? '')) issues.notOneOf(at.child('keyType'), keyType, keyTypes);
  const longest = isKubernetesSigner(signer) ? day : 91 * day;
  if (seconds !== undefined && (seconds < 3600 || seconds > longest))
    issues.invalid(at.child('maxExpirationSeconds'), seconds, `must be between 3600 and ${longest}`);
  const files = (['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const).filter(
    (name) => certificate[name],
  );
  for (const name of files) {
    issues.form(at.child(name), certificate[name] ?? '', localPath);
    paths.take(certificate[name]);
  }
  if (files.length === 0) issues.required(at, 'needs credentialBundlePath, keyPath or certificateChainPath');
};

const domainKey = (key: string): string | undefined => {
  if (key === '') return 'must be given';
  return qualifiedName(key) ?? (key.includes('/') ? undefined : "must have a domain and '/' in front");
};
