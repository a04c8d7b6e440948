import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkAppArmor, checkId, checkSeccomp } from './security.ts';
import { checkWindowsOptions } from './windows.ts';

const groupChangePolicies = ['Always', 'OnRootMismatch'];
const groupPolicies = ['Merge', 'Strict'];
/** MountOption is known, but behind a feature gate that is off. */
const seLinuxChangePolicies = ['Recursive'];

export const checkPodSecurity = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  const context = spec.securityContext ?? {};
  checkId(context.fsGroup, at.child('fsGroup'), issues);
  checkId(context.runAsUser, at.child('runAsUser'), issues);
  checkId(context.runAsGroup, at.child('runAsGroup'), issues);
  for (const [i, group] of (context.supplementalGroups ?? []).entries())
    checkId(group, at.child('supplementalGroups').index(i), issues);
  if (spec.hostPID === true && spec.shareProcessNamespace === true)
    issues.invalid(at.child('shareProcessNamespace'), true, 'cannot stand beside hostPID');
  checkSysctls(spec, at.child('sysctls'), issues);
  for (const [name, values] of [
    ['fsGroupChangePolicy', groupChangePolicies],
    ['supplementalGroupsPolicy', groupPolicies],
    ['seLinuxChangePolicy', seLinuxChangePolicies],
  ] as const) {
    const value = context[name];
    if (value !== undefined && !values.includes(value)) issues.notOneOf(at.child(name), value, values);
  }
  if (context.seccompProfile) checkSeccomp(context.seccompProfile, at.child('seccompProfile'), issues);
  if (context.windowsOptions) checkWindowsOptions(context.windowsOptions, at.child('windowsOptions'), issues);
  if (context.appArmorProfile) checkAppArmor(context.appArmorProfile, at.child('appArmorProfile'), issues);
};

const sysctlSegment = '[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlName = new RegExp(`^(${sysctlSegment}[./])*${sysctlSegment}$`);
const maxSysctlName = 253;

const checkSysctls = (spec: Draft<'PodSpec'>, at: Field, issues: Issues): void => {
  const seen = new Set<string>();
  for (const [i, { name = '' }] of (spec.securityContext?.sysctls ?? []).entries()) {
    const here = at.index(i).child('name');
    if (name === '') issues.required(here);
    else if (name.length > maxSysctlName || !sysctlName.test(name))
      issues.invalid(here, name, 'is not the name of a sysctl');
    else if (seen.has(name)) issues.duplicate(here, name);
    seen.add(name);
    const namespace = namespaceOf(name);
    if (namespace === 'network' && spec.hostNetwork === true)
      issues.invalid(here, name, 'cannot be set on the host network');
    if (namespace === 'ipc' && spec.hostIPC === true)
      issues.invalid(here, name, "cannot be set in the host's IPC namespace");
  }
};

const ipcSysctl = /^kernel\.(sem|shm(all|max|mni|_rmid_forced)?|msg(max|mnb|mni)?)$|^fs\.mqueue\./;

/** The kernel namespace that a sysctl belongs to; both `net.core.x` and `net/core/x` name one. */
const namespaceOf = (sysctl: string): 'network' | 'ipc' | undefined => {
  const name = normalise(sysctl);
  if (name.startsWith('net.')) return 'network';
  return ipcSysctl.test(name) ? 'ipc' : undefined;
};

/** Where the first separator is a slash, dots and slashes trade places (sysctl.d(5)). */
const normalise = (name: string): string => {
  const first = /[./]/.exec(name)?.[0];
  return first === '/' ? name.replace(/[./]/g, (separator) => (separator === '/' ? '.' : '/')) : name;
};

/** A pod with users of its own shares no other namespace with the host (KEP-127). */
export const checkHostUsers = (
  spec: Draft<'PodSpec'>,
  containers: readonly { readonly container: Draft<'Container'>; readonly at: Field }[],
  at: Field,
  issues: Issues,
): void => {
  if (spec.hostUsers !== false) return;
  const reason = 'cannot stand beside hostUsers: false';
  if (spec.hostNetwork === true) issues.forbidden(at.child('hostNetwork'), reason);
  if (spec.hostPID === true) issues.forbidden(at.child('HostPID'), reason);
  if (spec.hostIPC === true) issues.forbidden(at.child('HostIPC'), reason);
  for (const { container, at: here } of containers)
    if (container.volumeDevices?.length) issues.forbidden(here.child('volumeDevices'), reason);
};
