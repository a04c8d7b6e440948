import { readdirSync, readlinkSync } from 'node:fs';
import { rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { ImageLoader } from '../../../../daemon/pods/images/image-loader.ts';
import { type ImageArchive, imageArchiveType, runtimeStateType } from '../../../../daemon/pods/resources.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import type { ContainerRuntime } from '../../../../daemon/runtime/runtime.ts';
import { aRuntime } from '../../../support/builders.ts';

type Load = ContainerRuntime['loadImages'];

const textOf = async (bytes: AsyncIterable<Uint8Array>): Promise<string> =>
  Buffer.concat(await Readable.from(bytes).toArray()).toString();

/** A loader on a folder of its own, whose runtime takes each archive for the name of its image unless `load` says otherwise. */
const aLoader = async (t: Test, load: Load = async (bytes) => [await textOf(bytes)]) => {
  const folder = t.testdir({});
  const store = new Store();
  const loads: string[] = [];
  const runtimeState = store.claim(runtimeStateType, 'test');
  const loader = new ImageLoader({
    folder,
    runtime: {
      loadImages: (bytes, signal) => {
        loads.push('load');
        return load(bytes, signal);
      },
    },
    store,
    archives: store.claim(imageArchiveType, 'test'),
    events: new EventRing(systemClock),
    clock: systemClock,
    log: pino({ enabled: false }),
  });
  t.teardown(() => loader.stop());
  const path = (name: string): string => join(folder, name);
  /** Resolves once the archive is in the state, undefined for forgotten. */
  const reaches = async (name: string, state: ImageArchive['state'] | undefined): Promise<ImageArchive | undefined> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const is = (): ImageArchive | undefined => store.get(imageArchiveType, path(name));
    const end = store.watch(imageArchiveType, () => is()?.state === state && resolve());
    if (is()?.state === state) resolve();
    await promise;
    end();
    return is();
  };
  const runtimeIs = (ready: boolean): void => runtimeState.put('docker', aRuntime({ ready }));
  return { loader, path, reaches, loads, runtimeIs };
};

test('a link that leads nowhere holds up no archive after it, and is reported', async (t) => {
  const { loader, path, reaches } = await aLoader(t);
  await symlink('/nonexistent', path('a.tar'));
  await writeFile(path('b.tar'), 'b:1');
  await loader.start();
  t.match(await reaches('b.tar', 'loaded'), { images: ['b:1'] });
  t.match(await reaches('a.tar', 'failed'), { message: /ENOENT/ });
});

test('an archive from the future is loaded once it has rested', async (t) => {
  const { loader, path, reaches } = await aLoader(t);
  await writeFile(path('a.tar'), 'a:1');
  const tomorrow = new Date(Date.now() + 86_400_000);
  await utimes(path('a.tar'), tomorrow, tomorrow);
  await loader.start();
  await reaches('a.tar', 'loaded');
});

test('a failed archive is forgotten with its file', async (t) => {
  const { loader, path, reaches } = await aLoader(t, async () => {
    throw new BootletError('E_IMAGE_ARCHIVE', 'it is broken');
  });
  await writeFile(path('a.tar'), 'a:1');
  await loader.start();
  await reaches('a.tar', 'failed');
  await rm(path('a.tar'));
  await reaches('a.tar', undefined);
});

test('when the runtime comes back, what failed for its sake is tried again, and what is broken is not', async (t) => {
  let isAway = true;
  const { loader, path, reaches, loads, runtimeIs } = await aLoader(t, async (bytes) => {
    const text = await textOf(bytes);
    if (text === 'broken') throw new BootletError('E_IMAGE_ARCHIVE', 'it is broken');
    if (isAway) throw new BootletError('E_RUNTIME_UNAVAILABLE', 'docker is away');
    return [text];
  });
  await writeFile(path('a.tar'), 'broken');
  await writeFile(path('b.tar'), 'b:1');
  await loader.start();
  await reaches('b.tar', 'failed');
  isAway = false;
  runtimeIs(true);
  await reaches('b.tar', 'loaded');
  t.equal(loads.length, 3);
  t.match(await reaches('a.tar', 'failed'), { message: 'it is broken' });
});

test('a load that fails before it has read leaves no file open', async (t) => {
  const { loader, path, reaches } = await aLoader(t, async () => {
    throw new BootletError('E_RUNTIME_UNAVAILABLE', 'docker is away');
  });
  await writeFile(path('a.tar.zst'), 'not zstd');
  await loader.start();
  await reaches('a.tar.zst', 'failed');
  await loader.stop();
  const open = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // The one that read the folder.
      return [];
    }
  });
  t.notOk(open.includes(path('a.tar.zst')));
});

test('stopping breaks off a load that hangs', async (t) => {
  const { loader, path, reaches } = await aLoader(
    t,
    (_, signal) => new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
  );
  await writeFile(path('a.tar'), 'a:1');
  await loader.start();
  await reaches('a.tar', 'loading');
  await loader.stop();
  t.match(await reaches('a.tar', 'loading'), { state: 'loading' }, 'which is no failure of the archive');
});
