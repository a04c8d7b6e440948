import { byteLength, dnsSubdomain } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';

const maxCredentialSpec = 64 * 1024;
const maxDomain = 256;
const maxUser = 104;
const netBiosName = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;
const domainLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const domainName = new RegExp(`^${domainLabel}(?:\\.${domainLabel})*$`);
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a user name may not have
const controlCharacter = /[\0-\u001f\u007f]/;

export const checkWindowsOptions = (
  options: Draft<'WindowsSecurityContextOptions'>,
  at: Field,
  issues: Issues,
): void => {
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options;
  if (gmsaCredentialSpecName !== undefined)
    issues.form(at.child('gmsaCredentialSpecName'), gmsaCredentialSpecName, dnsSubdomain);
  if (gmsaCredentialSpec === '') issues.invalid(at.child('gmsaCredentialSpec'), '', 'must not be empty');
  else if (byteLength(gmsaCredentialSpec ?? '') > maxCredentialSpec)
    issues.invalid(at.child('gmsaCredentialSpec'), '…', `is longer than ${maxCredentialSpec} bytes`);
  if (runAsUserName !== undefined) issues.form(at.child('runAsUserName'), runAsUserName, userName);
};

/** `USER` or `DOMAIN\USER`. */
const userName = (value: string): string | undefined => {
  if (value === '') return 'must not be empty';
  if (controlCharacter.test(value)) return 'must not have control characters';
  const parts = value.split('\\');
  if (parts.length > 2) return 'must not have more than one backslash';
  const user = parts.at(-1) ?? '';
  const domain = parts.length === 2 ? (parts[0] ?? '') : undefined;
  if (
    domain !== undefined &&
    (byteLength(domain) >= maxDomain || !(netBiosName.test(domain) || domainName.test(domain)))
  )
    return 'must have a NetBIOS or DNS domain before its backslash';
  if (user === '' || byteLength(user) > maxUser) return `must have a user name of 1 to ${maxUser} bytes`;
  return /^[. ]+$/.test(user) || /["/\\:;|=,+*?<>@[\]]/.test(user)
    ? 'has characters that Windows user names cannot have'
    : undefined;
};

type Containers = readonly { readonly container: Draft<'Container'>; readonly at: Field }[];

/** Host-process containers: all of a pod's containers or none, and only on the host network. */
export const checkHostProcess = (spec: Draft<'PodSpec'>, containers: Containers, at: Field, issues: Issues): void => {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  let hostProcesses = 0;
  for (const { container, at: here } of containers) {
    const own = container.securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own)
      issues.invalid(
        here.child('securityContext', 'windowsOptions', 'hostProcess'),
        own,
        'must be the same as for the pod',
      );
    if (own ?? ofPod ?? false) hostProcesses += 1;
  }
  if (hostProcesses === 0) return;
  if (hostProcesses !== containers.length)
    issues.invalid(at, hostProcesses, 'of the containers are host processes: all must be, or none');
  if (spec.hostNetwork !== true)
    issues.invalid(at.child('hostNetwork'), false, 'must be true with hostProcess containers');
};

const linuxOnlyInPod = [
  ...[
    'appArmorProfile',
    'seLinuxOptions',
    'seccompProfile',
    'fsGroup',
    'fsGroupChangePolicy',
    'runAsUser',
    'runAsGroup',
  ],
  ...['supplementalGroups', 'supplementalGroupsPolicy', 'seLinuxChangePolicy'],
] as const satisfies readonly string[];
const linuxOnlyInContainer = [
  ...['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'capabilities', 'readOnlyRootFilesystem', 'privileged'],
  ...['allowPrivilegeEscalation', 'procMount', 'runAsUser', 'runAsGroup'],
] as const satisfies readonly string[];

/** What only the other operating system has may not be set, if spec.os says which one is meant. */
export const checkOsFields = (spec: Draft<'PodSpec'>, containers: Containers, at: Field, issues: Issues): void => {
  const os = spec.os?.name;
  if (os === 'linux') {
    const where = at.child('securityContext', 'windowsOptions');
    if (spec.securityContext?.windowsOptions) issues.forbidden(where, 'cannot be set for a Linux pod');
    for (const { container, at: here } of containers)
      if (container.securityContext?.windowsOptions)
        issues.forbidden(here.child('securityContext', 'windowsOptions'), 'cannot be set for a Linux pod');
  }
  if (os !== 'windows') return;
  const refuse = (field: Field) => issues.forbidden(field, 'cannot be set for a Windows pod');
  const given = new Map<string, unknown>(Object.entries(spec.securityContext ?? {}));
  for (const name of linuxOnlyInPod) if (given.has(name)) refuse(at.child('securityContext', name));
  if (spec.securityContext?.sysctls?.length) refuse(at.child('securityContext', 'sysctls'));
  if (spec.hostUsers !== undefined) refuse(at.child('hostUsers'));
  if (spec.shareProcessNamespace !== undefined) refuse(at.child('shareProcessNamespace'));
  if (spec.hostPID === true) refuse(at.child('hostPID'));
  if (spec.hostIPC === true) refuse(at.child('hostIPC'));
  for (const { container, at: here } of containers) {
    const own = new Map<string, unknown>(Object.entries(container.securityContext ?? {}));
    for (const name of linuxOnlyInContainer) if (own.has(name)) refuse(here.child('securityContext', name));
  }
};
