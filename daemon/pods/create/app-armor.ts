import type { Container, Pod } from '../v1.ts';

type AppArmorProfile = NonNullable<NonNullable<Container['securityContext']>['appArmorProfile']>;

/** Annotation of Kubernetes before 1.30: `PREFIX/CONTAINER: runtime/default | unconfined | localhost/NAME`. */
const ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

/** The AppArmor profile of a container: its own, else by annotation, else its pod's (pkg/security/apparmor GetProfile). */
export const appArmorProfileOf = (pod: Pod, container: Container): AppArmorProfile | undefined =>
  container.securityContext?.appArmorProfile ??
  byAnnotation(pod.metadata.annotations?.[`${ANNOTATION}${container.name}`]) ??
  pod.spec.securityContext?.appArmorProfile;

const byAnnotation = (value: string | undefined): AppArmorProfile | undefined => {
  if (value === 'runtime/default') return { type: 'RuntimeDefault' };
  if (value === 'unconfined') return { type: 'Unconfined' };
  const [, localhostProfile] = /^localhost\/(.*)$/s.exec(value ?? '') ?? [];
  return localhostProfile === undefined ? undefined : { type: 'Localhost', localhostProfile };
};
