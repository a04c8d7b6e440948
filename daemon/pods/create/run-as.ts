import type { Container, Pod } from '../v1.ts';

/**
 * `UID`, `UID:GID`, or the names that the image has for them. The group of the image's user counts nothing, as under the
 * kubelet: without runAsGroup it is the one that the image's /etc/passwd gives the user.
 * @param imageUser `USER` or `USER:GROUP`; empty for root
 */
export const userOf = (pod: Pod, container: Container, imageUser: string): string => {
  const shared = pod.spec.securityContext;
  const uid = container.securityContext?.runAsUser ?? shared?.runAsUser;
  const gid = container.securityContext?.runAsGroup ?? shared?.runAsGroup;
  const user = uid === undefined ? (imageUser.split(':')[0] ?? '') || '0' : String(uid);
  return gid === undefined ? user : `${user}:${gid}`;
};
