import { test } from 'tap';
import { imageController } from '../../../../daemon/pods/images/image-controller.ts';
import { ImagePuller } from '../../../../daemon/pods/images/pull.ts';
import { PodEvents } from '../../../../daemon/pods/record/pod-events.ts';
import { type ImageRequest, imageRequestType, imageStateType, podSpecType } from '../../../../daemon/pods/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Semaphore } from '../../../../daemon/reconcile/semaphore.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ImageInfo } from '../../../../daemon/runtime/runtime.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aSpec } from '../../../support/pod-builders.ts';

const anImage = (id: string): ImageInfo => ({
  id,
  names: [],
  digests: [],
  user: '',
  sizeBytes: 0,
  env: [],
  workingDir: '',
});

const KEY = 'uid-1/main';
const aRequest: ImageRequest = {
  pod: 'default/web-n',
  uid: 'uid-1',
  container: 'main',
  image: 'app:1',
  policy: 'IfNotPresent',
  attempt: 0,
};

/** The controller on a host with the images that `onHost` names; each pull brings one more, with an id of its own. */
const aHost = (onHost = new Map<string, string>()) => {
  const store = new Store();
  const clock = new FakeClock();
  const pulls: string[] = [];
  const runtime = {
    image: async (name: string) => {
      const id = onHost.get(name);
      return id === undefined ? undefined : anImage(id);
    },
    pull: async (name: string) => {
      pulls.push(name);
      if (name.startsWith('missing')) throw new Error('no such image');
      onHost.set(name, `sha256:${pulls.length}`);
      return anImage(`sha256:${pulls.length}`);
    },
  };
  const puller = new ImagePuller({ runtime, credentials: async () => undefined, limit: new Semaphore(1), clock });
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const ring = new EventRing(clock);
  engine.add(imageController({ store, runtime, puller, clock, events: new PodEvents(ring) }));
  store.claim(podSpecType, 'test').put(aRequest.pod, aSpec());
  const requests = store.claim(imageRequestType, 'test');
  engine.start();
  return { engine, clock, requests, onHost, pulls, ring, state: () => store.get(imageStateType, KEY) };
};

test('an image that is on the host is not pulled', async (t) => {
  const { engine, clock, requests, pulls, state } = aHost(new Map([['app:1', 'sha256:a']]));
  requests.put(KEY, aRequest);
  await clock.settle();
  t.match(state(), { state: 'present', imageId: 'sha256:a' });
  t.same(pulls, []);
  await engine.stop();
});

test('an image that was pruned after it was found is looked for again when it is asked for anew', async (t) => {
  const { engine, clock, requests, onHost, pulls, state } = aHost(new Map([['app:1', 'sha256:a']]));
  requests.put(KEY, aRequest);
  await clock.settle();
  onHost.clear();
  requests.remove(KEY);
  await clock.settle();
  t.equal(state(), undefined);
  requests.put(KEY, aRequest);
  await clock.settle();
  t.match(state(), { state: 'present', imageId: 'sha256:1' });
  t.same(pulls, ['app:1']);
  await engine.stop();
});

test('of the image of a sandbox trouble alone is an event, of the pod', async (t) => {
  const { engine, clock, requests, pulls, ring } = aHost();
  requests.put('uid-1/', { ...aRequest, container: '', image: 'pause:9' });
  await clock.settle();
  t.same(pulls, ['pause:9']);
  t.same(ring.list(), []);
  requests.put('uid-1/', { ...aRequest, container: '', image: 'missing:9' });
  await clock.settle();
  const subject = { kind: 'Pod', namespace: 'default', name: 'web-n', uid: 'uid-1' };
  t.match(ring.list(), [{ type: 'Warning', reason: 'Failed', message: /"missing:9".*no such image/ }]);
  t.same(ring.list()[0]?.subject, subject);
  await engine.stop();
});
