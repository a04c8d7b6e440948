import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { StoppedPods } from '../../../../daemon/pods/admission/stopped-pods.ts';
import { podSpecType, sourcesReadyType, stoppedPodType } from '../../../../daemon/pods/resources.ts';
import type { Context } from '../../../../daemon/reconcile/controller.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { wanted } from '../../../support/pod-admission.ts';

/** A daemon with the pod `default/web-n`, on the state folder of the one before. */
const start = async (file: string) => {
  const store = new Store();
  const specs = store.claim(podSpecType, 'test');
  const ready = store.claim(sourcesReadyType, 'test');
  const stopped = new StoppedPods({ file, store, stopped: store.claim(stoppedPodType, 'test') });
  await stopped.load();
  specs.put('default/web-n', wanted('web'));
  const context: Context = { store, put: () => undefined, remove: () => undefined };
  const sweep = () => stopped.sweep().reconcile('manifests', context);
  return { specs, ready, stopped, sweep, keys: () => store.list(stoppedPodType).map(({ id }) => id) };
};

const key = 'default/web-n';

test('a pod stays stopped when the daemon starts anew, until it is started', async (t) => {
  const file = join(t.testdir(), 'stopped.json');
  const first = await start(file);
  await Promise.all([first.stopped.stop(key), first.stopped.stop(key)]);
  t.same(first.keys(), [key]);
  const next = await start(file);
  t.same(next.keys(), [key]);
  await next.stopped.start(key);
  await next.stopped.start(key);
  t.same(next.keys(), []);
  t.same((await start(file)).keys(), []);
});

test('a pod that no manifest gives cannot be stopped', async (t) => {
  const { stopped } = await start(join(t.testdir(), 'stopped.json'));
  await t.rejects(stopped.stop('default/nobody-n'), { code: 'E_NOT_FOUND' });
});

test('a stop is forgotten with the manifest, but not before the manifests were read', async (t) => {
  const { specs, ready, stopped, sweep, keys } = await start(join(t.testdir(), 'stopped.json'));
  await stopped.stop(key);
  specs.remove(key);
  await sweep();
  t.same(keys(), [key]);
  ready.put('/manifests', { pods: 0 });
  await sweep();
  t.same(keys(), []);
});

test('stops that cannot be read keep the daemon from starting what was stopped', async (t) => {
  const file = join(t.testdir(), 'stopped.json');
  await writeFile(file, '[1]');
  await t.rejects(start(file), { code: 'E_STATE_BROKEN', hint: /remove/ });
});
