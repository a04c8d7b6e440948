import { relativePath } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkTolerations } from './tolerations.ts';
import type { PlacedContainer } from './visit.ts';

const deletionCost = 'controller.kubernetes.io/pod-deletion-cost';
const tolerations = 'scheduler.alpha.kubernetes.io/tolerations';
const podSeccomp = 'seccomp.security.alpha.kubernetes.io/pod';
const containerSeccomp = 'container.seccomp.security.alpha.kubernetes.io/';
const containerAppArmor = 'container.apparmor.security.beta.kubernetes.io/';
const seccompNames: Readonly<Record<string, readonly string[]>> = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default', 'docker/default'],
};
const appArmorNames: Readonly<Record<string, readonly string[]>> = {
  Unconfined: ['unconfined'],
  RuntimeDefault: ['runtime/default'],
};
const localhost = 'localhost/';

/** The annotations of a pod that Kubernetes gives a meaning. */
export const checkPodAnnotations = (
  pod: Draft<'Pod'>,
  containers: readonly PlacedContainer[],
  issues: Issues,
  at: Field,
): void => {
  const annotations = pod.metadata?.annotations ?? {};
  const cost = annotations[deletionCost];
  if (cost !== undefined && !isInt32(cost)) issues.invalid(at.key(deletionCost), cost, 'must be a 32-bit integer');
  if (annotations[tolerations]) checkTolerationsText(annotations[tolerations], at, issues);
  const names = new Set(containers.map(({ container }) => container.name));
  for (const [key, value] of Object.entries(annotations)) {
    if (key === podSeccomp || key.startsWith(containerSeccomp)) issues.form(at.child(key), value, seccompName);
    if (!key.startsWith(containerAppArmor)) continue;
    const name = key.slice(containerAppArmor.length);
    if (!names.has(name)) issues.invalid(at.key(key), name, 'is not a container of this pod');
    if (!/^(|runtime\/default|unconfined|localhost\/.*)$/s.test(value))
      issues.invalid(at.key(key), value, 'is not an AppArmor profile');
  }
};

const isInt32 = (text: string): boolean =>
  /^(0|-?\d+)$/.test(text) && !/^0\d/.test(text) && Number(text) === (Number(text) | 0);

const seccompName = (name: string): string | undefined => {
  if (name.startsWith(localhost)) return relativePath(name.slice(localhost.length));
  return Object.values(seccompNames).flat().includes(name) ? undefined : 'is not a seccomp profile';
};

const checkTolerationsText = (text: string, at: Field, issues: Issues): void => {
  const read = readTolerations(text);
  if (read) checkTolerations(read, at.child(tolerations), issues);
  else issues.invalid(at, text, `is not a list of tolerations in JSON (${tolerations})`);
};

const tolerationFields: Readonly<Record<string, string>> = {
  key: 'string',
  operator: 'string',
  value: 'string',
  effect: 'string',
  tolerationseconds: 'number',
};

/** Go's encoding/json into a list of tolerations: names in any case, unknown ones ignored. Undefined if it does not fit. */
const readTolerations = (text: string): Draft<'Toleration'>[] | undefined => {
  const list = parseJson(text);
  if (list === null) return [];
  if (!Array.isArray(list)) return undefined;
  const read: Draft<'Toleration'>[] = [];
  for (const item of list) {
    if (item === null) {
      read.push({});
      continue;
    }
    if (typeof item !== 'object' || Array.isArray(item)) return undefined;
    const fields = new Map<string, unknown>();
    for (const [name, value] of Object.entries(item)) {
      const wanted = tolerationFields[name.toLowerCase()];
      if (wanted === undefined || value === null) continue;
      if (typeof value !== wanted || (wanted === 'number' && !Number.isInteger(value))) return undefined;
      fields.set(name.toLowerCase(), value);
    }
    read.push(tolerationOf(fields));
  }
  return read;
};

const tolerationOf = (fields: ReadonlyMap<string, unknown>): Draft<'Toleration'> => {
  const toleration: Draft<'Toleration'> = {};
  for (const name of ['key', 'operator', 'value', 'effect'] as const) {
    const value = fields.get(name);
    if (typeof value === 'string') toleration[name] = value;
  }
  const seconds = fields.get('tolerationseconds');
  if (typeof seconds === 'number') toleration.tolerationSeconds = seconds;
  return toleration;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

/** Where both the old annotation and the field name a profile, they name the same. */
export const checkProfilesMatch = (
  pod: Draft<'Pod'>,
  containers: readonly PlacedContainer[],
  issues: Issues,
  spec: Field,
): void => {
  const annotations = pod.metadata?.annotations ?? {};
  const ofPod = pod.spec?.securityContext ?? {};
  const seccomp = { kind: 'seccompProfile', names: seccompNames } as const;
  const appArmor = { kind: 'appArmorProfile', names: appArmorNames } as const;
  const compare = (
    { kind, names }: typeof seccomp | typeof appArmor,
    profile: Draft<'SeccompProfile'> | undefined,
    annotation: string | undefined,
    at: Field,
  ): void => {
    if (!profile || annotation === undefined) return;
    const field = at.child('securityContext', kind);
    const reason = `differs from the annotation, which says '${annotation}'`;
    if (profile.type !== 'Localhost') {
      const known = names[profile.type ?? ''];
      if (known && !known.includes(annotation)) issues.forbidden(field.child('type'), reason);
    } else if (!annotation.startsWith(localhost)) issues.forbidden(field.child('type'), reason);
    else if (annotation.slice(localhost.length) !== profile.localhostProfile)
      issues.forbidden(field.child('localhostProfile'), reason);
  };

  compare(seccomp, ofPod.seccompProfile, annotations[podSeccomp], spec);
  for (const { container, at } of containers) {
    const own = container.securityContext ?? {};
    compare(seccomp, own.seccompProfile, annotations[`${containerSeccomp}${container.name ?? ''}`], at);
    if (pod.spec?.os?.name !== 'windows')
      compare(
        appArmor,
        own.appArmorProfile ?? ofPod.appArmorProfile,
        annotations[`${containerAppArmor}${container.name ?? ''}`],
        at,
      );
  }
};
