import { chmodSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { assignmentController } from '../../../../daemon/pods/assign/controller.ts';
import { Ledger } from '../../../../daemon/pods/assign/ledger.ts';
import {
  type ManifestFile,
  type ManifestFolder,
  manifestFileType,
  manifestFolderType,
  manifestStatusType,
  podSpecType,
} from '../../../../daemon/pods/resources.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store, type Writer } from '../../../../daemon/reconcile/store.ts';
import { aFolder, anInvalidFile, aStaticPod, aValidFile, readWords } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { scratchFolder } from '../../../support/file-source.ts';

const folder = '/manifests';
const webFile = (path = `${folder}/a`, text = 'pod web'): ManifestFile & { state: 'valid' } => ({
  ...aValidFile(path, aStaticPod('web', text)),
  bytes: Buffer.from(text),
});

interface Daemon {
  readonly store: Store;
  readonly clock: FakeClock;
  readonly events: EventRing;
  readonly files: Writer<ManifestFile>;
  readonly folders: Writer<ManifestFolder>;
  readonly broken: string[];
  specs(): string[];
  reasons(): string[];
  /** Lets the controller decide on what was put. */
  decided(): Promise<void>;
  /** Resolves when what was decided is on disk. */
  stop(): Promise<void>;
}

/** One life of the daemon on a state folder, as far as files and pods go. */
const aDaemon = async (t: Test, state: string): Promise<Daemon> => {
  const [store, clock] = [new Store(), new FakeClock()];
  const events = new EventRing(clock);
  const ledger = new Ledger(state, readWords);
  const broken: string[] = [];
  const remembered = await ledger.load((error) => broken.push(error.message));
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(assignmentController({ folder, ledger, remembered, events, log: pino({ level: 'silent' }) }));
  const files = store.claim(manifestFileType, 'test');
  const folders = store.claim(manifestFolderType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  return {
    ...{ store, clock, events, files, folders, broken },
    specs: () => store.list(podSpecType).map(({ id, value }) => `${id} ${value.uid} from ${value.source}`),
    reasons: () => events.list().map((event) => event.reason),
    decided: () => clock.settle(),
    stop: () => engine.stop(),
  };
};

/** The state folder of a daemon that had a pod by this file, and was stopped. */
const leftState = async (t: Test, file = webFile()): Promise<string> => {
  const state = scratchFolder(t);
  const daemon = await aDaemon(t, state);
  daemon.folders.put(folder, aFolder());
  daemon.files.put(file.path, file);
  await daemon.decided();
  await daemon.stop();
  return state;
};

test('before the folder was read for the first time nothing is decided', async (t) => {
  const daemon = await aDaemon(t, scratchFolder(t));
  daemon.folders.put(folder, aFolder('unread'));
  daemon.files.put(`${folder}/a`, webFile());
  await daemon.decided();
  t.same(daemon.specs(), []);
  t.match(daemon.store.get(troubleType, 'assignment/folder'), { kind: 'waiting', message: /read for the first time/ });
});

test('a file becomes a pod, and its pod goes with it', async (t) => {
  const daemon = await aDaemon(t, scratchFolder(t));
  daemon.folders.put(folder, aFolder());
  daemon.files.put(`${folder}/a`, webFile());
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web from /manifests/a']);
  daemon.files.remove(`${folder}/a`);
  const gone = new Promise<void>((resolve) => daemon.store.watch(podSpecType, () => resolve()));
  await gone;
  t.same(daemon.specs(), []);
  t.same(daemon.reasons(), ['ManifestAdopted', 'ManifestRemoved']);
});

test('an invalid edit keeps the pod across a restart of the daemon, and is reported by both', async (t) => {
  const state = scratchFolder(t);
  const first = await aDaemon(t, state);
  first.folders.put(folder, aFolder());
  first.files.put(`${folder}/a`, webFile());
  await first.decided();
  first.files.put(`${folder}/a`, anInvalidFile(`${folder}/a`));
  await first.stop();
  const second = await aDaemon(t, state);
  second.folders.put(folder, aFolder());
  second.files.put(`${folder}/a`, anInvalidFile(`${folder}/a`));
  await second.decided();
  t.same(second.specs(), ['default/web-n pod web from /manifests/a']);
  t.match(second.store.get(manifestStatusType, `${folder}/a`), { state: 'invalid', lastGood: true });
  t.same(second.reasons(), ['ManifestInvalid']);
});

test('pods go on without their folder across a restart of the daemon', async (t) => {
  const daemon = await aDaemon(t, await leftState(t));
  daemon.folders.put(folder, aFolder('vanished'));
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web from /manifests/a']);
  t.same(daemon.reasons(), ['ManifestFolderVanished']);
});

test('pods go on across a restart of the daemon while others may remove files from the folder, and that is reported', async (t) => {
  const daemon = await aDaemon(t, await leftState(t));
  daemon.folders.put(folder, aFolder('untrusted'));
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web from /manifests/a']);
  t.same(daemon.reasons(), ['ManifestFolderUntrusted']);
});

test('who had a pod keeps it across a restart of the daemon', async (t) => {
  const daemon = await aDaemon(t, await leftState(t, webFile(`${folder}/b`, 'pod web b')));
  daemon.folders.put(folder, aFolder());
  daemon.files.put(`${folder}/a`, webFile(`${folder}/a`, 'pod web a'));
  daemon.files.put(`${folder}/b`, webFile(`${folder}/b`, 'pod web b'));
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web b from /manifests/b']);
  t.same(daemon.reasons(), ['ManifestConflict']);
});

test('what is reported once is not reported again by each decision', async (t) => {
  const daemon = await aDaemon(t, scratchFolder(t));
  daemon.folders.put(folder, aFolder());
  daemon.files.put(`${folder}/a`, anInvalidFile(`${folder}/a`));
  await daemon.decided();
  for (const name of ['b', 'c']) {
    daemon.files.put(`${folder}/${name}`, { state: 'ignored', path: `${folder}/${name}`, reason: 'a directory' });
    await daemon.decided();
  }
  t.same(
    daemon.events.list().map(({ reason, count }) => [reason, count]),
    [['ManifestInvalid', 1]],
  );
});

test('the ledger is for root alone, and holds nothing of what is gone', async (t) => {
  const state = scratchFolder(t);
  const daemon = await aDaemon(t, state);
  daemon.folders.put(folder, aFolder());
  daemon.files.put(`${folder}/a`, webFile());
  daemon.files.put(`${folder}/b`, { ...aValidFile(`${folder}/b`, aStaticPod('db')), bytes: Buffer.from('pod db') });
  await daemon.decided();
  const gone = new Promise<void>((resolve) =>
    daemon.store.watch(podSpecType, (change) => change.kind === 'removed' && resolve()),
  );
  daemon.files.remove(`${folder}/a`);
  await gone;
  await daemon.stop();
  const names = readdirSync(state);
  t.equal(names.length, 1);
  for (const name of names) t.equal(statSync(join(state, name)).mode & 0o777, 0o600);
});

test('a broken record of the ledger is reported and costs no other pod', async (t) => {
  const state = await leftState(t);
  writeFileSync(join(state, 'broken.manifest.json'), '{');
  const daemon = await aDaemon(t, state);
  t.match(daemon.broken, [/broken.manifest.json/]);
  daemon.folders.put(folder, aFolder('vanished'));
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web from /manifests/a']);
});

test('a record of the ledger that others may write to gives no pod', async (t) => {
  const state = await leftState(t);
  for (const name of readdirSync(state)) chmodSync(join(state, name), 0o666);
  const daemon = await aDaemon(t, state);
  t.match(daemon.broken, [/can be changed by others/]);
  daemon.folders.put(folder, aFolder('vanished'));
  await daemon.decided();
  t.same(daemon.specs(), []);
});

test('a disk that cannot be written holds no pod up, and the ledger is written once it can', async (t) => {
  const state = join(scratchFolder(t), 'state');
  const daemon = await aDaemon(t, state);
  rmSync(state, { recursive: true });
  const troubled = new Promise<void>((resolve) => daemon.store.watch(troubleType, () => resolve()));
  daemon.folders.put(folder, aFolder());
  daemon.files.put(`${folder}/a`, webFile());
  await daemon.decided();
  t.same(daemon.specs(), ['default/web-n pod web from /manifests/a']);
  await troubled;
  t.match(daemon.store.get(troubleType, 'assignment/folder'), { kind: 'failing', message: /ENOENT/ });
  mkdirSync(state);
  const recovered = new Promise<void>((resolve) =>
    daemon.store.watch(troubleType, (change) => change.kind === 'removed' && resolve()),
  );
  await daemon.clock.advance(500);
  await recovered;
  t.equal(readdirSync(state).length, 1);
});
