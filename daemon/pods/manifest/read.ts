import { decode } from './decode/decode.ts';
import type { Node } from './decode/tree.ts';
import { defaultPod } from './default/pod.ts';
import { Field } from './field.ts';
import { applyIdentity, markSource, type PodSource, staticPodUid, uidFormat } from './identity.ts';
import type { ManifestIssue } from './issue.ts';
import { Issues } from './issues.ts';
import { isPod } from './kind.ts';
import { checkOwnAnnotations } from './own-annotations.ts';
import { checkReferences } from './references.ts';
import { readPod } from './schema/read-object.ts';
import type { Draft, Pod } from './schema/types.ts';
import { validatePod } from './validate/pod.ts';

export type { ManifestIssue } from './issue.ts';
export type { Container, EnvVar, Pod, PodSpec, Probe, Volume, VolumeMount } from './schema/types.ts';

/** A pod as this node runs it: defaulted, named after the node, with its UID. */
export interface StaticPod {
  readonly uid: string;
  readonly namespace: string;
  /** With the node's name at its end. */
  readonly name: string;
  readonly pod: Pod;
}

export type ManifestResult =
  | { readonly ok: true; readonly pod: StaticPod; readonly warnings: readonly ManifestIssue[] }
  | { readonly ok: false; readonly errors: readonly ManifestIssue[]; readonly warnings: readonly ManifestIssue[] };

export interface ReadOptions {
  readonly nodeName: string;
  /** Where the kubelet would have it from; default: file. */
  readonly source?: PodSource;
}

/**
 * Reads a static pod manifest: the verdict of a v1.36 kubelet's file source plus that of strict decoding, all faults at
 * once, each with its place. Never throws for what a file says.
 */
export const readManifest = (bytes: Uint8Array, options: ReadOptions): ManifestResult => {
  const decoded = decode(bytes);
  const root = decoded.ok ? decoded.root : undefined;
  const errors = new Issues(decoded.text, root);
  const warnings = new Issues(decoded.text, root);
  if (decoded.ok) for (const warning of decoded.warnings) warnings.addFault(warning);
  else errors.addFault(decoded.fault);
  const pod = root && readStaticPod(root, options, errors);
  return pod && errors.count === 0
    ? { ok: true, pod, warnings: warnings.list() }
    : { ok: false, errors: errors.list(), warnings: warnings.list() };
};

const readStaticPod = (root: Node, options: ReadOptions, errors: Issues): StaticPod | undefined => {
  if (!isPod(root, errors)) return undefined;
  const draft = { ...readPod(root, errors), apiVersion: 'v1', kind: 'Pod' };
  if (errors.hasTypeFaults) return undefined;
  if (!draft.metadata?.name) {
    errors.required(Field.root.child('metadata', 'name'));
    return undefined;
  }
  defaultPod(draft);
  const asWritten = { ...draft, metadata: { ...draft.metadata } };
  const uid = draft.metadata.uid || staticPodUid(root, options.nodeName);
  const { nodeName, source = 'file' } = options;
  applyIdentity(draft, uid, nodeName, source);
  validatePod(draft, errors);
  if (errors.count === 0) checkReferences(draft.spec ?? {}, errors);
  checkOwnAnnotations(asWritten, errors);
  errors.form(Field.root.child('metadata', 'uid'), uid, uidFormat);
  if (errors.count > 0) return undefined;
  markSource(draft, source);
  const pod = validated(draft);
  return { uid, namespace: pod.metadata.namespace, name: pod.metadata.name, pod };
};

/** Validation has seen to it that everything that a Pod must have is there. */
const validated = (draft: Draft<'Pod'>): Pod => draft as Pod;
