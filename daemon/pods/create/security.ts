import { BootletError } from '../../errors.ts';
import type { SecurityConfig } from '../../runtime/runtime.ts';
import type { Container, Pod } from '../v1.ts';

/** The security settings of one container: its own, else the pod's. @throws BootletError E_CONTAINER_CONFIG where runAsNonRoot is violated */
export const containerSecurity = (pod: Pod, container: Container, imageUser: string): SecurityConfig => {
  const own = container.securityContext;
  const shared = pod.spec.securityContext;
  const user = userOf(pod, container, imageUser);
  if ((own?.runAsNonRoot ?? shared?.runAsNonRoot) === true) requireNonRoot(container, user, imageUser);
  const groups = [...(shared?.supplementalGroups ?? []), ...(shared?.fsGroup === undefined ? [] : [shared.fsGroup])];
  const seccomp = own?.seccompProfile?.type ?? shared?.seccompProfile?.type ?? 'Unconfined';
  return {
    privileged: own?.privileged ?? false,
    readOnlyRootFilesystem: own?.readOnlyRootFilesystem ?? false,
    allowPrivilegeEscalation: own?.allowPrivilegeEscalation ?? true,
    addCapabilities: own?.capabilities?.add ?? [],
    dropCapabilities: own?.capabilities?.drop ?? [],
    ...(user === undefined ? {} : { user }),
    supplementalGroups: groups.map(String),
    seccomp: seccomp === 'RuntimeDefault' ? 'runtime-default' : 'unconfined',
  };
};

/** `UID` or `UID:GID`; undefined leaves the image's user. With a group alone it is the image's user in that group, and the runtime wants both. */
const userOf = (pod: Pod, container: Container, imageUser: string): string | undefined => {
  const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
  const gid = container.securityContext?.runAsGroup ?? pod.spec.securityContext?.runAsGroup;
  if (uid === undefined && gid === undefined) return undefined;
  if (gid === undefined) return String(uid);
  const [imageUid] = imageUser.split(':');
  return `${uid ?? (imageUid || '0')}:${gid}`;
};

const requireNonRoot = (container: Container, user: string | undefined, imageUser: string): void => {
  const [uid = ''] = (user ?? imageUser).split(':');
  if (uid === '' || uid === '0' || uid === 'root') {
    throw new BootletError(
      'E_CONTAINER_CONFIG',
      `container ${container.name} has runAsNonRoot and image will run as root`,
      {
        hint: 'set securityContext.runAsUser, or use an image that runs as another user',
      },
    );
  }
  if (!/^\d+$/.test(uid)) {
    throw new BootletError(
      'E_CONTAINER_CONFIG',
      `container ${container.name} has runAsNonRoot and image has non-numeric user (${uid}), cannot verify user is non-root`,
      {
        hint: 'set securityContext.runAsUser to a number',
      },
    );
  }
};
