import { test } from 'tap';
import { startRegistry } from '../../lab/registry.ts';
import { until } from '../../lab/until.ts';
import { manifest, podDocker, startPodHost } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');

test('when the disk is too full, the images that bootlet pulled and nobody names go, and only they', {
  skip,
}, async (t) => {
  const docker = await podDocker(t);
  const registry = await startRegistry(t);
  const names = async () => {
    const images = (await docker.engine.call('GET', '/images/json')) as readonly {
      RepoTags: readonly string[] | null;
    }[];
    // An image on its way out is listed without its name for a moment.
    return images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => name !== '<none>:<none>');
  };
  // Any disk is too full for these.
  const imageGC = { highPercent: 1, lowPercent: 0, minAgeSeconds: 0 };
  const host = await startPodHost(t, docker, { config: { pods: { imageGC } } });
  const pod = (name: string) =>
    manifest({ name, container: { image: `${registry}/${name}:1`, imagePullPolicy: 'Always' } });
  for (const name of ['kept', 'unused']) {
    await host.drop(`${name}.yaml`, pod(name));
    await until(async () => (await names()).includes(`${registry}/${name}:1`), { what: `${name} pulled` });
  }
  await host.take('unused.yaml');
  await host.podGone('unused');
  // Its dead containers use the image until they are removed, and the next collection is five minutes away.
  const ofUnused = `io.kubernetes.pod.name=${host.podName('unused')}`;
  await until(async () => (await docker.engine.list(ofUnused)).length === 0, {
    what: 'only the kept pod left in Docker',
  });
  await host.podWhere(
    'the digest of its image',
    ({ status }) => /\/kept@sha256:[0-9a-f]{64}$/.test(status?.containerStatuses?.[0]?.imageID ?? ''),
    'kept',
  );
  const before = await names();
  // It collects when it starts, and then every five minutes.
  await host.restart();
  await until(async () => !(await names()).includes(`${registry}/unused:1`), { what: 'the unused image gone' });
  t.same((await names()).toSorted(), before.filter((name) => name !== `${registry}/unused:1`).toSorted());
  await until(async () => (await host.events()).some(({ reason }) => reason === 'FreeDiskSpaceFailed'), {
    what: 'the word that it was not enough',
  });
});
