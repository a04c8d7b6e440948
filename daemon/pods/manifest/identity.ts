import { createHash } from 'node:crypto';
import type { Node } from './decode/tree.ts';
import { elementType, fieldType } from './schema/read-object.ts';
import type { Draft } from './schema/types.ts';

/** Changed only if the way of hashing must change, which gives every pod a new UID and so restarts it. */
const scheme = 'bootlet-static-pod-1';

const hashAnnotation = 'kubernetes.io/config.hash';
const sourceAnnotation = 'kubernetes.io/config.source';
/** When the kubelet saw the pod first (pkg/kubelet/config/file.go). */
export const seenAnnotation = 'kubernetes.io/config.seen';

/**
 * JSON with sorted keys, without fields that are null: the same for every way of writing the same thing. In a list and
 * in a map of the user's own keys null is an element, as it is decoded to the zero value.
 * Taken before defaulting, so that a default that a later version adds changes nothing.
 * @param type of the node, in the notation of pod-types.ts
 */
export const canonicalJson = (node: Node, type = 'Pod'): string => {
  switch (node.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(node.value);
    case 'number':
      return canonicalNumber(node.text);
    case 'string':
      return JSON.stringify(node.value);
    case 'list':
      return `[${node.items.map((item) => canonicalJson(item, type.replace('[]', ''))).join(',')}]`;
    case 'map': {
      const element = elementType(type);
      return `{${[...node.entries]
        .filter(([, { value }]) => value.kind !== 'null' || element !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(
          ([key, { value }]) => `${JSON.stringify(key)}:${canonicalJson(value, element ?? fieldType(type, key) ?? '')}`,
        )
        .join(',')}}`;
    }
  }
};

/** `1.50` of JSON and `1.5` of YAML are one number; beyond 2^53 only the digits tell numbers apart. */
const canonicalNumber = (text: string): string => {
  if (/^-?\d+$/.test(text)) return text;
  const value = Number(text);
  return Number.isFinite(value) ? JSON.stringify(value) : text;
};

/** 128 bits of SHA-256, in the 32 hexadecimal digits of the kubelet's static pods. The file's name is no part of it. */
export const staticPodUid = (root: Node, nodeName: string): string =>
  createHash('sha256')
    .update([scheme, nodeName, canonicalJson(root)].join('\n'))
    .digest('hex')
    .slice(0, 32);

/** Other than the kubelet bootlet takes none that leads elsewhere. */
export const uidFormat = (uid: string): string | undefined =>
  /^(?!\.\.?$)[^/\p{Cc}]{1,63}$/u.test(uid)
    ? undefined
    : 'must be at most 63 characters, none of them / or a control character, and not . or ..';

export type PodSource = 'file' | 'http';

/** Makes the pod the static pod of a node, in place, as the kubelet's sources do (pkg/kubelet/config/common.go). */
export const applyIdentity = (pod: Draft<'Pod'>, uid: string, nodeName: string, source: PodSource): void => {
  pod.metadata ??= {};
  pod.spec ??= {};
  const { metadata, spec } = pod;
  metadata.uid = uid;
  metadata.name = `${metadata.name ?? ''}-${nodeName.toLowerCase()}`;
  metadata.namespace ||= 'default';
  metadata.annotations = { ...metadata.annotations, [hashAnnotation]: uid };
  spec.nodeName = nodeName;
  if (source === 'file') tolerateNoExecute(spec);
  pod.status = { phase: 'Pending' };
};

/** The kubelet adds this one after validation. It sets `seenAnnotation` too, which here is the caller's: it knows the time. */
export const markSource = (pod: Draft<'Pod'>, source: PodSource): void => {
  if (pod.metadata?.annotations) pod.metadata.annotations[sourceAnnotation] = source;
};

/** Pods of files outlive trouble of their node: they tolerate whatever would evict them. The kubelet does this to no pod of an HTTP source. */
const tolerateNoExecute = (spec: Draft<'PodSpec'>): void => {
  const isSame = ({ key, value, operator, effect }: Draft<'Toleration'>) =>
    !key && !value && operator === 'Exists' && effect === 'NoExecute';
  const wanted: Draft<'Toleration'> = { operator: 'Exists', effect: 'NoExecute' };
  const given = spec.tolerations ?? [];
  spec.tolerations = given.some(isSame) ? given.map((one) => (isSame(one) ? wanted : one)) : [...given, wanted];
};
