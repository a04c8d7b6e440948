import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { test } from 'tap';
import { pauseImageName, pauseImageTar } from '../../../daemon/runtime/pause/image.ts';
import { startDockerd } from '../../lab/dockerd.ts';
import { labImages } from '../../lab/images.ts';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podDocker, podHosts, startPodHost } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

const waitingReason = (pod: {
  readonly status?: {
    readonly containerStatuses?: readonly { readonly state?: { readonly waiting?: { readonly reason?: string } } }[];
  };
}) => pod.status?.containerStatuses?.[0]?.state?.waiting?.reason;

test('an image that is missing and may not be pulled is said so, with the phase Pending', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop('web.yaml', manifest({ container: { image: 'lab/none:1' } }));
  const pod = await host.podWhere('ErrImageNeverPull', (p) => waitingReason(p) === 'ErrImageNeverPull');
  t.equal(pod.status?.phase, 'Pending');
});

test('an image that cannot be pulled backs off', { skip }, async (t) => {
  const host = await startHost(t);
  await host.drop(
    'web.yaml',
    manifest({ container: { image: '127.0.0.1:1/none:1', imagePullPolicy: 'IfNotPresent' } }),
  );
  await host.podWhere('ImagePullBackOff', (p) => waitingReason(p) === 'ImagePullBackOff');
  const reasons = (await host.events()).map((e) => e.reason);
  t.ok(['Pulling', 'Failed', 'BackOff'].every((reason) => reasons.includes(reason)));
});

test('a configured pause image that cannot be pulled is said so, and used once it is there', { skip }, async (t) => {
  const docker = await podDocker(t);
  const pauseImage = '127.0.0.1:1/pause:9';
  const config = { runtime: { docker: { endpoint: docker.endpoint, pauseImage } } };
  const host = await startPodHost(t, docker, { config });
  await host.drop('web.yaml', manifest());
  await host.podWhere('ImagePullBackOff', (pod) =>
    (pod.status?.conditions ?? []).some(
      (c) => c.type === 'PodReadyToStartContainers' && c.reason === 'ImagePullBackOff',
    ),
  );
  t.same(await host.containers(), []);
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const archive = join(host.dir, 'pause.tar');
  await writeFile(archive, pauseImageTar(architecture));
  await docker.engine.load(archive);
  await docker.engine.call('POST', `/images/${pauseImageName(architecture)}/tag?repo=127.0.0.1:1/pause&tag=9`);
  await host.podWhere('ready', isReady);
  const sandbox = (await host.containers()).find(({ name }) => name === 'POD');
  t.match(await docker.engine.call('GET', `/containers/${sandbox?.id}/json`), { Config: { Image: pauseImage } });
});

test('an archive dropped into the images folder is loaded, and a pod that waits for it starts', { skip }, async (t) => {
  const docker = await startDockerd(t);
  const host = await startPodHost(t, docker);
  await host.drop('web.yaml', manifest());
  await host.podWhere('ErrImageNeverPull', (p) => waitingReason(p) === 'ErrImageNeverPull');
  const archive = await labImages();
  await copyFile(archive, join(host.dir, 'draft.tar'));
  await rename(join(host.dir, 'draft.tar'), join(host.dir, 'images/lab.tar'));
  await host.podWhere('ready', isReady);
  t.ok((await host.events()).some((e) => e.reason === 'ImagesLoaded'));
});

test('an archive that was cut short is reported as failed', { skip }, async (t) => {
  const docker = await startDockerd(t);
  const host = await startPodHost(t, docker);
  const whole = await readFile(await labImages());
  await writeFile(join(host.dir, 'images/cut.tar'), whole.subarray(0, whole.length / 2));
  await until(
    async () => (await host.events()).some((e) => e.reason === 'ImagesNotLoaded' && e.message.includes('cut.tar')),
    { what: 'the failure' },
  );
  t.notOk((await host.events()).some((e) => e.reason === 'ImagesLoaded'));
});
