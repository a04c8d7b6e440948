import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import type { EmptyDirVolumeSource, Pod } from '../../../../daemon/pods/v1.ts';
import { makeEmptyDir, memorySize } from '../../../../daemon/pods/volumes/empty-dir.ts';
import { aMountLab } from '../../../support/mounts.ts';
import { aContainer, aPod } from '../../../support/pod-builders.ts';

const GIB = 1024 ** 3;
const allocatable = new Map([['memory', BigInt(4 * GIB)]]);

const anEmptyDir = async (t: Test) => {
  const { root, mounter } = await aMountLab(t);
  const path = join(root, 'volumes/data');
  const make = (source: EmptyDirVolumeSource, pod: Pod = aPod()): Promise<void> =>
    makeEmptyDir(source, path, pod, { mounter, allocatable });
  const look = async (): Promise<string> => {
    const { mode, gid } = await stat(path);
    return `${(mode & 0o7777).toString(8)} ${gid}`;
  };
  /** Whether it is a file system of its own. */
  const isMounted = async (): Promise<boolean> => (await stat(path)).dev !== (await stat(dirname(path))).dev;
  return { path, make, look, isMounted };
};

const withGroup = aPod({ securityContext: { fsGroup: 2345 } });

test('an emptyDir is open to whoever the containers run as, on disk and in memory', async (t) => {
  const disk = await anEmptyDir(t);
  await disk.make({});
  t.equal(await disk.look(), '777 0');
  t.notOk(await disk.isMounted());
  const memory = await anEmptyDir(t);
  await memory.make({ medium: 'Memory' });
  t.equal(await memory.look(), '1777 0');
  t.ok(await memory.isMounted());
});

test('an emptyDir belongs to the fsGroup, and so does what is made in it', async (t) => {
  const disk = await anEmptyDir(t);
  await disk.make({}, withGroup);
  t.equal(await disk.look(), '2777 2345');
  const memory = await anEmptyDir(t);
  await memory.make({ medium: 'Memory' }, withGroup);
  t.equal(await memory.look(), '3777 2345');
});

test('an emptyDir that is there keeps what is in it and what its containers made of it', async (t) => {
  for (const source of [{}, { medium: 'Memory' }]) {
    const { path, make, look } = await anEmptyDir(t);
    await make(source);
    await writeFile(join(path, 'kept'), '');
    await mkdir(join(path, 'folder'), { mode: 0o700 });
    const before = await look();
    await make(source, withGroup);
    t.ok((await stat(join(path, 'kept'))).isFile());
    t.equal(await look(), before);
  }
});

test('an emptyDir whose making was cut short is made whole', async (t) => {
  const { path, make, look } = await anEmptyDir(t);
  await mkdir(join(dirname(path), '.data'), { recursive: true, mode: 0o700 });
  await make({}, withGroup);
  t.equal(await look(), '2777 2345');
});

test('memory is limited by the least of sizeLimit, the limits of the pod and the host', async (t) => {
  const limited = (...limits: readonly string[]) =>
    aPod({ containers: limits.map((memory, i) => aContainer(`c${i}`, { resources: { limits: { memory } } })) });
  const size = (sizeLimit: string | undefined, pod: Pod) =>
    memorySize(sizeLimit === undefined ? {} : { sizeLimit }, pod, allocatable);
  t.equal(size(undefined, aPod()), 4 * GIB);
  t.equal(size('1Gi', aPod()), GIB);
  t.equal(size('8Gi', aPod()), 4 * GIB);
  t.equal(size(undefined, limited('1Gi', '512Mi')), 1.5 * GIB);
  const withOverhead = { ...limited('1Gi').spec, overhead: { memory: '1Gi' } };
  t.equal(size(undefined, aPod(withOverhead)), 2 * GIB, 'as much as the control group of the pod lets it take');
  t.equal(size('1Gi', limited('1Gi', '512Mi')), GIB);
  t.equal(size('2Gi', limited('1Gi', '512Mi')), 1.5 * GIB);
  t.equal(
    size(undefined, aPod({ containers: [...(limited('1Gi').spec.containers ?? []), aContainer('free')] })),
    4 * GIB,
  );
  t.equal(memorySize({}, aPod(), new Map()), undefined);
});

test('huge pages need a container that asks for them, and for one size of them', async (t) => {
  const { make } = await anEmptyDir(t);
  const asking = (...names: readonly string[]) =>
    aPod({
      containers: names.map((name, i) => aContainer(`c${i}`, { resources: { requests: { [name]: '2Mi' } } })),
    });
  await t.rejects(make({ medium: 'HugePages' }, asking('memory')), {
    code: 'E_VOLUME',
    message: /no resource request/,
  });
  await t.rejects(make({ medium: 'HugePages' }, asking('hugepages-2Mi', 'hugepages-1Gi')), {
    code: 'E_VOLUME',
    message: /multiple huge page sizes/,
  });
  await t.rejects(make({ medium: 'HugePages-1Gi' }, asking('hugepages-2Mi')), { code: 'E_VOLUME' });
});
