import { test } from 'tap';
import { type ProfileSources, securityProfiles } from '../../../../daemon/pods/create/security-profiles.ts';
import type { Container, Pod, PodSpec } from '../../../../daemon/pods/v1.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

type SecurityContext = NonNullable<Container['securityContext']>;

const sources: ProfileSources = {
  seccompFolder: '/profiles',
  readSeccomp: async (path) => {
    if (path === '/profiles/mine.json') return Buffer.from('{"defaultAction":"SCMP_ACT_ALLOW"}');
    if (path === '/profiles/broken.json') return Buffer.from('{');
    throw new Error('ENOENT: no such file');
  },
  appArmorProfiles: async () => new Set(['mine']),
};

const profilesOf = (
  securityContext: SecurityContext,
  shared: NonNullable<PodSpec['securityContext']> = {},
  annotations: NonNullable<Pod['metadata']['annotations']> = {},
  more: Partial<ProfileSources> = {},
) => {
  const container = aContainer('main', { securityContext });
  const pod = aPod({ securityContext: shared, containers: [container] });
  return securityProfiles({ ...pod, metadata: { ...pod.metadata, annotations } }, container, { ...sources, ...more });
};

test('without a seccomp profile a container is not confined', async (t) => {
  t.same(await profilesOf({}), { seccomp: 'unconfined' });
});

test('the container’s seccomp profile goes before the pod’s', async (t) => {
  const shared = { seccompProfile: { type: 'RuntimeDefault' } };
  t.same(await profilesOf({}, shared), { seccomp: 'runtime-default' });
  t.same(await profilesOf({ seccompProfile: { type: 'Unconfined' } }, shared), { seccomp: 'unconfined' });
});

test('a local seccomp profile is read from the folder of profiles', async (t) => {
  const local = (localhostProfile: string) => profilesOf({ seccompProfile: { type: 'Localhost', localhostProfile } });
  t.same(await local('mine.json'), { seccomp: { profile: '{"defaultAction":"SCMP_ACT_ALLOW"}' } });
  await t.rejects(local('none.json'), { code: 'E_CONTAINER_SECURITY', message: /profiles\/none\.json.*ENOENT/ });
  await t.rejects(local('broken.json'), { code: 'E_CONTAINER_SECURITY' });
});

const appArmorOf = async (...given: Parameters<typeof profilesOf>) => (await profilesOf(...given)).appArmor;

test('an AppArmor profile is the container’s own, else by annotation, else the pod’s', async (t) => {
  const mine = { appArmorProfile: { type: 'Localhost', localhostProfile: 'mine' } };
  const unconfined = { appArmorProfile: { type: 'Unconfined' } };
  const annotations = { 'container.apparmor.security.beta.kubernetes.io/main': 'localhost/mine' };
  t.equal(await appArmorOf({}), undefined);
  t.equal(await appArmorOf({}, mine), 'mine');
  t.equal(await appArmorOf({}, unconfined, annotations), 'mine');
  t.equal(await appArmorOf(unconfined, mine, annotations), 'unconfined');
});

test('an AppArmor profile that is not loaded keeps its container from being made, and so does a host without AppArmor', async (t) => {
  const other = { appArmorProfile: { type: 'Localhost', localhostProfile: 'other' } };
  await t.rejects(profilesOf(other), { code: 'E_CONTAINER_SECURITY' });
  const without = { appArmorProfiles: async () => undefined };
  const standard = { appArmorProfile: { type: 'RuntimeDefault' } };
  await t.rejects(profilesOf(standard, {}, {}, without), { message: /not enabled on the host/ });
  t.equal(await appArmorOf({ appArmorProfile: { type: 'Unconfined' } }, {}, {}, without), 'unconfined');
});
