import { test } from 'tap';
import { systemClock } from '../../../daemon/reconcile/clock.ts';
import type { ResourceType } from '../../../daemon/reconcile/resource.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { connectDocker } from '../../../daemon/runtime/docker/docker-runtime.ts';
import { RUNTIME_ID, RuntimeObserver } from '../../../daemon/runtime/observer.ts';
import { pauseImageName, pauseImageTar } from '../../../daemon/runtime/pause/image.ts';
import { containerType, runtimeStateType } from '../../../daemon/runtime/resources.ts';
import { startDockerd } from '../../lab/dockerd.ts';
import { missing } from '../../support/requires.ts';
import { sandboxConfig } from '../../support/runtime-configs.ts';

const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
const PAUSE = pauseImageName(architecture);
const WITHIN_MS = 30_000;

/** Resolves once the store's value under the id passes; a missing one is undefined. */
const eventually = async <T>(
  store: Store,
  type: ResourceType<T>,
  id: string,
  passes: (value: T | undefined) => boolean,
): Promise<T | undefined> => {
  const { promise, resolve, reject } = Promise.withResolvers<T | undefined>();
  const check = (): void => {
    const value = store.get(type, id);
    if (passes(value)) resolve(value);
  };
  const end = store.watch(type, check);
  const cancel = systemClock.setTimer(Date.now() + WITHIN_MS, () =>
    reject(new Error(`${type.name} ${id}: not within ${WITHIN_MS} ms`)),
  );
  check();
  return promise.finally(() => {
    end();
    cancel();
  });
};

test('the observer on a real dockerd', { skip: missing('dockerd') }, async (t) => {
  const docker = await startDockerd(t);
  const builtInImages = new Map([[PAUSE, () => pauseImageTar(architecture)]]);
  const runtime = connectDocker({ endpoint: docker.endpoint, instance: 'lab', builtInImages });
  const store = new Store();
  const log = { info: () => {}, warn: () => {} };
  const observer = new RuntimeObserver({ runtime, store, clock: systemClock, random: Math.random, log });
  t.teardown(() => Promise.all([observer.stop(), runtime.close()]));
  const state = (id: string) => store.get(containerType, id)?.state;
  const ready = (is: boolean) => eventually(store, runtimeStateType, RUNTIME_ID, (s) => s?.ready === is);
  const sandbox = async (name: string): Promise<string> => {
    const id = await runtime.createSandbox(sandboxConfig(name, PAUSE));
    await runtime.start(id);
    return id;
  };

  t.test('lists what ran before it came', async (t) => {
    const id = await sandbox('earlier');
    observer.start();
    t.match(await ready(true), { name: 'docker', listed: true, apiVersion: /^1\./ });
    t.equal(state(id), 'running');
  });

  t.test('sees what happens without being told', async (t) => {
    const id = await sandbox('seen');
    await eventually(store, containerType, id, (c) => c?.state === 'running');
    await docker.engine.call('POST', `/containers/${id}/kill`);
    t.match(await eventually(store, containerType, id, (c) => c?.state === 'exited'), { exitCode: 137 });
    await docker.engine.call('DELETE', `/containers/${id}`);
    t.equal(await eventually(store, containerType, id, (c) => c === undefined), undefined);
  });

  t.test('knows the truth at once when asked to look', async (t) => {
    const id = await runtime.createSandbox(sandboxConfig('asked', PAUSE));
    await observer.refresh(id);
    t.equal(state(id), 'created');
    await runtime.start(id);
    await observer.refresh(id);
    t.equal(state(id), 'running');
  });

  t.test('keeps what it saw last while dockerd is away, and lists anew when it is back', async (t) => {
    const id = await sandbox('survivor');
    await observer.refresh(id);
    await docker.kill();
    t.match(await ready(false), { listed: true, message: /.+/ });
    t.equal(state(id), 'running', 'for all that is known');
    await docker.start();
    await ready(true);
    t.equal(state(id), 'exited');
  });

  t.test('sees what happens after that, too', async (t) => {
    const id = await sandbox('later');
    t.ok(await eventually(store, containerType, id, (c) => c?.state === 'running'));
  });
});
