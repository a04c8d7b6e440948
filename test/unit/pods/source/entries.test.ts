import { test } from 'tap';
import type { Hint } from '../../../../daemon/host/folder-watch.ts';
import type { ManifestFile } from '../../../../daemon/pods/resources.ts';
import { manifestFileType } from '../../../../daemon/pods/resources.ts';
import { Entries, type Look } from '../../../../daemon/pods/source/entries.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { aStaticPod, aValidFile } from '../../../support/builders.ts';

const path = '/manifests/a';
const file = (text: string): ManifestFile & { state: 'valid' } => aValidFile(path, aStaticPod('web', text));

/** What a look at the file found that was last written to at `changedAt`, ms. */
const read = (text: string, at: number, changedAt: number, hint?: Hint): Look => ({
  ...{ name: 'a', at, kind: 'read', file: file(text), hint },
  seen: { kind: 'file', link: false, renamed: false, fingerprint: 'f', inode: 'i', changedAt },
});

const someEntries = () => {
  const store = new Store();
  const entries = new Entries({ folder: '/manifests', files: store.claim(manifestFileType, 'test') });
  const uid = (): string | undefined => {
    const value = store.get(manifestFileType, path);
    return value?.state === 'valid' ? value.pod.uid : undefined;
  };
  return { entries, uid };
};

test('an edit that left the time stamps as they were is not taken for known before it was adopted', async (t) => {
  const { entries, uid } = someEntries();
  entries.takePresent([read('one', 10_000, 0)]);
  t.ok(entries.isKnown('a', 'f'));
  entries.takePresent([read('two', 20_000, 19_999, 'written')]);
  t.equal(uid(), 'one', 'it has to settle');
  t.notOk(entries.isKnown('a', 'f'));
  entries.takePresent([read('two', 21_000, 19_999)]);
  t.equal(uid(), 'two');
  t.ok(entries.isKnown('a', 'f'));
});

test('what inotify said of a file that settles counts at the next look', async (t) => {
  const { entries, uid } = someEntries();
  entries.takePresent([read('one', 10_000, 9_999, 'moved')]);
  t.equal(uid(), undefined, 'its time stamps do not tell yet');
  entries.takePresent([read('one', 10_010, 9_999)]);
  t.equal(uid(), 'one');
});

test('what inotify said of a file says nothing about the one in the next folder', async (t) => {
  const { entries, uid } = someEntries();
  entries.takePresent([read('one', 10_000, 9_999, 'moved')]);
  entries.leaveFolder();
  entries.takePresent([read('one', 10_010, 9_999)]);
  t.equal(uid(), undefined);
});
