import { join } from 'node:path';
import { BootletError, messageOf } from '../../errors.ts';
import type { Container, Pod } from '../v1.ts';
import { appArmorProfileOf } from './app-armor.ts';
import type { SecurityProfiles } from './security.ts';

/** Where profiles are looked up on this host. */
export interface ProfileSources {
  /** Folder below which `localhostProfile` of seccomp is a path. */
  readonly seccompFolder: string;
  readonly readSeccomp: (path: string) => Promise<Uint8Array>;
  /** Names of the profiles that the kernel has loaded; undefined where AppArmor is not enabled. */
  readonly appArmorProfiles: () => Promise<ReadonlySet<string> | undefined>;
}

/**
 * The profiles that a container asks for: its own, else its pod's.
 * @throws BootletError E_CONTAINER_SECURITY when this host does not have one
 */
export const securityProfiles = async (
  pod: Pod,
  container: Container,
  sources: ProfileSources,
): Promise<SecurityProfiles> => {
  const appArmor = await appArmorOption(pod, container, sources);
  const seccomp = await seccompOption(pod, container, sources);
  return appArmor === undefined ? { seccomp } : { seccomp, appArmor };
};

const seccompOption = async (
  pod: Pod,
  container: Container,
  { seccompFolder, readSeccomp }: ProfileSources,
): Promise<SecurityProfiles['seccomp']> => {
  const profile = container.securityContext?.seccompProfile ?? pod.spec.securityContext?.seccompProfile;
  if (profile?.type === 'RuntimeDefault') return 'runtime-default';
  if (profile?.type !== 'Localhost') return 'unconfined';
  const path = join(seccompFolder, profile.localhostProfile ?? '');
  try {
    const text = Buffer.from(await readSeccomp(path)).toString('utf8');
    JSON.parse(text);
    return { profile: text };
  } catch (error) {
    throw new BootletError('E_CONTAINER_SECURITY', `cannot load seccomp profile ${path}: ${messageOf(error)}`, {
      cause: error,
    });
  }
};

/** Undefined: the runtime's default, which is a profile of its own where AppArmor is enabled. */
const appArmorOption = async (
  pod: Pod,
  container: Container,
  { appArmorProfiles }: ProfileSources,
): Promise<string | undefined> => {
  const profile = appArmorProfileOf(pod, container);
  if (profile === undefined) return undefined;
  if (profile.type === 'Unconfined') return 'unconfined';
  const loaded = await appArmorProfiles();
  if (loaded === undefined)
    throw new BootletError('E_CONTAINER_SECURITY', 'Cannot enforce AppArmor: AppArmor is not enabled on the host');
  if (profile.type !== 'Localhost') return undefined;
  const name = profile.localhostProfile ?? '';
  if (loaded.has(name)) return name;
  throw new BootletError('E_CONTAINER_SECURITY', `AppArmor profile ${name} is not loaded on this host`, {
    hint: 'load it with apparmor_parser',
  });
};
