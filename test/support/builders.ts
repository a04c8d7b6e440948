import type { ManifestResult, StaticPod } from '../../daemon/pods/manifest/read.ts';
import type { ManifestFile, ManifestFolder } from '../../daemon/pods/resources.ts';
import type { RuntimeState } from '../../daemon/runtime/resources.ts';

/** A manifest of one pod, as its text. */
export const manifestText = (name: string, image = 'registry.example/app:1'): string =>
  `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: main
      image: ${image}
`;

/** The pod that a manifest gives on node `n`. */
export const aStaticPod = (name: string, uid = `uid-of-${name}`): StaticPod => ({
  uid,
  namespace: 'default',
  name: `${name}-n`,
  pod: { metadata: { name: `${name}-n`, namespace: 'default', uid }, spec: { containers: [] } },
});

export const aFolder = (state: ManifestFolder['state'] = 'present'): ManifestFolder => ({
  path: '/manifests',
  identity: state === 'present' ? '1:2:3' : '',
  state,
  message: state === 'vanished' ? '/manifests does not exist' : '',
});

export const aValidFile = (path: string, pod = aStaticPod('web')): ManifestFile & { state: 'valid' } => ({
  state: 'valid',
  path,
  contentHash: `hash-of-${pod.uid}`,
  bytes: Buffer.from(pod.uid),
  pod,
  warnings: [],
});

export const anInvalidFile = (
  path: string,
  message = 'unknown field "imagee"',
): ManifestFile & { state: 'invalid' } => ({
  state: 'invalid',
  path,
  contentHash: `hash-of-${message}`,
  errors: [
    {
      field: 'spec.containers[0].imagee',
      line: 8,
      column: 7,
      code: 'E_FIELD_UNKNOWN',
      message,
      hint: 'did you mean "image"?',
    },
  ],
  warnings: [],
});

/** A reader for tests that are not about manifests: `NAME [WHATEVER]` is a pod, anything else is not. */
export const readWords = (bytes: Uint8Array): ManifestResult => {
  const text = Buffer.from(bytes).toString();
  const name = /^pod (\w+)/.exec(text)?.[1];
  if (name !== undefined) return { ok: true, pod: aStaticPod(name, text.trim()), warnings: [] };
  const message = text === '' ? 'the file is empty' : 'not a pod';
  return { ok: false, errors: [{ field: '', line: 1, column: 1, code: 'E_MANIFEST_SYNTAX', message }], warnings: [] };
};

/** One that answers, and whose containers are known. */
export const aRuntime = (more: Partial<RuntimeState> = {}): RuntimeState => ({
  name: 'docker',
  version: '20.10',
  apiVersion: '1.41',
  ready: true,
  message: '',
  listed: true,
  ...more,
});
