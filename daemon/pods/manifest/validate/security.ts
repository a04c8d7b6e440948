import { byteLength, isPadded, relativePath } from '../../../kubernetes/formats.ts';
import type { Field } from '../field.ts';
import type { Issues } from '../issues.ts';
import type { Draft } from '../schema/types.ts';
import { checkWindowsOptions } from './windows.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const maxId = 2 ** 31 - 1;
const maxProfilePath = 4095;
const procMounts = ['Default', 'Unmasked'];

export const checkId = (id: number | undefined, at: Field, issues: Issues): void => {
  if (id !== undefined && (id < 0 || id > maxId)) issues.invalid(at, id, `must be between 0 and ${maxId}`);
};

export const checkContainerSecurity = (
  context: Draft<'SecurityContext'>,
  hostUsers: boolean,
  at: Field,
  issues: Issues,
): void => {
  checkId(context.runAsUser, at.child('runAsUser'), issues);
  checkId(context.runAsGroup, at.child('runAsGroup'), issues);
  const { procMount } = context;
  if (procMount !== undefined && !procMounts.includes(procMount))
    issues.notOneOf(at.child('procMount'), procMount, procMounts);
  if (procMount === 'Unmasked' && hostUsers) issues.invalid(at.child('procMount'), procMount, 'needs hostUsers: false');
  if (context.seccompProfile) checkSeccomp(context.seccompProfile, at.child('seccompProfile'), issues);
  if (context.allowPrivilegeEscalation === false) checkNoEscalation(context, at, issues);
  if (context.windowsOptions) checkWindowsOptions(context.windowsOptions, at.child('windowsOptions'), issues);
  if (context.appArmorProfile) checkAppArmor(context.appArmorProfile, at.child('appArmorProfile'), issues);
};

const checkNoEscalation = (context: Draft<'SecurityContext'>, at: Field, issues: Issues): void => {
  if (context.privileged === true)
    issues.invalid(at, 'privileged', 'cannot stand beside allowPrivilegeEscalation: false');
  for (const capability of context.capabilities?.add ?? [])
    if (capability === 'CAP_SYS_ADMIN')
      issues.invalid(at, capability, 'cannot stand beside allowPrivilegeEscalation: false');
};

export const checkSeccomp = (profile: Draft<'SeccompProfile'>, at: Field, issues: Issues): void => {
  const { type, localhostProfile } = profile;
  const path = at.child('localhostProfile');
  if (!type) issues.required(at.child('type'));
  else if (!profileTypes.includes(type)) issues.notOneOf(at.child('type'), type, profileTypes);
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      issues.invalid(path, localhostProfile, 'can only be given with type: Localhost');
  } else if (localhostProfile === undefined) issues.required(path, 'must be given with type: Localhost');
  else issues.form(path, localhostProfile, relativePath);
};

export const checkAppArmor = (profile: Draft<'AppArmorProfile'>, at: Field, issues: Issues): void => {
  const { type, localhostProfile } = profile;
  const name = at.child('localhostProfile');
  if (!type) return issues.required(at.child('type'));
  if (!profileTypes.includes(type)) return issues.notOneOf(at.child('type'), type, profileTypes);
  if (type !== 'Localhost') {
    if (localhostProfile !== undefined)
      issues.invalid(name, localhostProfile, 'can only be given with type: Localhost');
    return;
  }
  if (localhostProfile === undefined || localhostProfile === '')
    return issues.required(name, 'must be given with type: Localhost');
  if (isPadded(localhostProfile)) issues.invalid(name, localhostProfile, 'must not have white space around it');
  if (byteLength(localhostProfile) > maxProfilePath)
    issues.invalid(name, localhostProfile, `is longer than ${maxProfilePath} bytes`);
};
