import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { SourceUnderTest } from '../../support/file-source.ts';
import { missing, skipUnless } from '../../support/requires.ts';

/** As a careful program does: written elsewhere on the file system, then renamed into the folder. */
const moveIn = (source: SourceUnderTest, name: string, text: string): void => {
  const aside = join(source.root, 'aside');
  writeFileSync(aside, text);
  renameSync(aside, source.path(name));
};

test('a file moved into the folder is taken over at once', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  const took: number[] = [];
  for (let i = 0; i < 21; i++) {
    const begun = performance.now();
    moveIn(source, 'a', `pod a ${i}`);
    await source.said(`a: pod a ${i}`);
    took.push(performance.now() - begun);
  }
  const [median = 0] = took.sort((a, b) => a - b).slice(10);
  t.ok(median < 100, `${median} ms; a file that had to settle first takes 150`);
});

test('a file written in place is taken over whole, in however many steps it is written', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  const file = openSync(source.path('a'), 'w');
  for (const step of ['', 'pod a one', ' two', ' three', ' end']) {
    writeSync(file, step);
    await source.rescan();
  }
  closeSync(file);
  await source.said('a: pod a one two three end');
  t.same(source.history, ['a: pod a one two three end']);
});

test('an edit in place is taken over whole', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  truncateSync(source.path('a'));
  await source.rescan();
  appendFileSync(source.path('a'), 'pod a');
  await source.rescan();
  appendFileSync(source.path('a'), ' 2');
  await source.said('a: pod a 2');
  t.same(source.history, ['a: pod a 1', 'a: pod a 2']);
});

test('what is there at the start is there after the first pass', async (t) => {
  const source = new SourceUnderTest(t);
  for (const name of ['a', 'b', 'c']) {
    writeFileSync(source.path(name), `pod ${name} 1`);
  }
  await source.start();
  await source.becomes('present');
  t.same(source.history.toSorted(), ['a: pod a 1', 'b: pod b 1', 'c: pod c 1']);
});

test('a removed file is removed', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  unlinkSync(source.path('a'));
  await source.said('a: removed');
  t.equal(source.file('a'), undefined);
});

test('the same content written again is no change', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  writeFileSync(source.path('a'), 'pod a 1');
  moveIn(source, 'a', 'pod a 1');
  utimesSync(source.path('a'), 1, 1);
  await source.rescan();
  moveIn(source, 'b', 'pod b 1');
  await source.said('b: pod b 1');
  t.same(source.history, ['a: pod a 1', 'b: pod b 1']);
});

test('a renamed file is never seen as missing before it is seen under its new name', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  renameSync(source.path('a'), source.path('b'));
  await source.said('a: removed');
  t.same(source.history, ['a: pod a 1', 'b: pod a 1', 'a: removed']);
});

test('two files that swap their names are never seen as missing', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  moveIn(source, 'b', 'pod b 1');
  await source.said('b: pod b 1');
  renameSync(source.path('a'), source.path('.swap'));
  renameSync(source.path('b'), source.path('a'));
  renameSync(source.path('.swap'), source.path('b'));
  await source.said('b: pod a 1');
  await source.said('a: pod b 1');
  t.notOk(source.history.some((line) => line.endsWith('removed') && !line.startsWith('.')));
});

/** What editors do between two contents of a file, step by step. */
const dances: Record<string, (source: SourceUnderTest, text: string) => void> = {
  'vim with its backup': (s, text) => {
    writeFileSync(s.path('4913'), '');
    unlinkSync(s.path('4913'));
    renameSync(s.path('a'), s.path('a~'));
    writeFileSync(s.path('a'), text);
    unlinkSync(s.path('a~'));
  },
  'vim that copies its backup': (s, text) => {
    copyFileSync(s.path('a'), s.path('a~'));
    writeFileSync(s.path('a'), text);
    unlinkSync(s.path('a~'));
  },
  emacs: (s, text) => {
    symlinkSync('root@host.1:1', s.path('.#a'));
    renameSync(s.path('a'), s.path('a~'));
    writeFileSync(s.path('a'), text);
    unlinkSync(s.path('.#a'));
  },
  'remove and write anew': (s, text) => {
    unlinkSync(s.path('a'));
    writeFileSync(s.path('a'), text);
  },
  'a temporary file in the folder': (s, text) => {
    writeFileSync(s.path('sedAbCdEf'), text);
    renameSync(s.path('sedAbCdEf'), s.path('a'));
  },
};

for (const [editor, dance] of Object.entries(dances)) {
  test(`an edit goes from the old content to the new one and through nothing else: ${editor}`, async (t) => {
    const source = new SourceUnderTest(t);
    await source.start();
    moveIn(source, 'a', 'pod a 1');
    await source.said('a: pod a 1');
    dance(source, 'pod a 2');
    await source.said('a: pod a 2');
    await source.rescan();
    t.same(
      source.history.filter((line) => line.startsWith('a:')),
      ['a: pod a 1', 'a: pod a 2'],
    );
    t.notMatch(source.history.join('\n'), /^(4913|sed)/m);
  });
}

test('an edit by sed -i goes from the old content to the new one and through nothing else', {
  skip: missing('sed'),
}, async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  execFileSync('sed', ['-i', 's/1/2/', source.path('a')]);
  await source.said('a: pod a 2');
  t.same(source.history, ['a: pod a 1', 'a: pod a 2']);
});

test('all files behind ..data change with one swap of the link', async (t) => {
  const source = new SourceUnderTest(t);
  const version = (n: number): void => {
    mkdirSync(source.path(`..v${n}`));
    for (const name of ['a', 'b']) writeFileSync(join(source.path(`..v${n}`), name), `pod ${name} ${n}`);
    symlinkSync(`..v${n}`, source.path('..data_tmp'));
    renameSync(source.path('..data_tmp'), source.path('..data'));
  };
  version(1);
  for (const name of ['a', 'b']) symlinkSync(`..data/${name}`, source.path(name));
  await source.start();
  await source.said('b: pod b 1');
  version(2);
  rmSync(source.path('..v1'), { recursive: true });
  await source.said('a: pod a 2');
  await source.said('b: pod b 2');
  t.same(source.history.filter((line) => !line.startsWith('.')).toSorted(), [
    'a: pod a 1',
    'a: pod a 2',
    'b: pod b 1',
    'b: pod b 2',
  ]);
});

test('a link to a file that is gone is refused, not taken for a removed file', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(join(source.root, 'target'), 'pod a 1');
  symlinkSync('../target', source.path('a'));
  await source.start();
  await source.said('a: pod a 1');
  unlinkSync(join(source.root, 'target'));
  await source.rescan();
  await source.said('a: refused');
  t.same(source.history, ['a: pod a 1', 'a: refused']);
});

test('names that editors and package managers leave behind are shown as ignored', async (t) => {
  const source = new SourceUnderTest(t);
  const names = ['.hidden', 'a~', 'a.swp', 'a.bak', 'a.backup', 'a.orig', 'a.rpmnew', 'a.dpkg-old', 'a.dpkg-new'];
  for (const name of names) writeFileSync(source.path(name), 'pod a 1');
  await source.start();
  for (const name of names) t.match(source.file(name), { state: 'ignored', reason: /by its name/ }, name);
});

test('folders, pipes and devices are shown as ignored and never opened', { skip: missing('mkfifo') }, async (t) => {
  const source = new SourceUnderTest(t);
  mkdirSync(source.path('folder'));
  symlinkSync('folder', source.path('link'));
  execFileSync('mkfifo', [source.path('pipe')]);
  await source.start();
  t.match(source.file('folder'), { state: 'ignored', reason: 'a directory' });
  t.match(source.file('link'), { state: 'ignored', reason: 'a link to a directory' });
  t.match(source.file('pipe'), { state: 'ignored', reason: 'not a regular file' });
});

test('a file of more than 10 MiB is invalid', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), Buffer.alloc(10 * 1024 * 1024 + 1, 'x'));
  await source.start();
  await source.said('a: invalid');
  t.match(source.file('a'), { errors: [{ code: 'E_MANIFEST_TOO_LARGE', message: /10 MiB/ }] });
});

test('a file that others may write to is refused until that is mended', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  writeFileSync(source.path('a'), 'pod a 1');
  chmodSync(source.path('a'), 0o666);
  await source.said('a: refused');
  t.match(source.file('a'), { code: 'E_FILE_UNTRUSTED', hint: `chmod go-w ${source.path('a')}` });
  chmodSync(source.path('a'), 0o644);
  await source.said('a: pod a 1');
});

test('in a folder that others may write to, everything is refused', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  chmodSync(source.folder, 0o1777);
  await source.start();
  await source.said('a: refused');
  t.match(source.file('a'), { hint: `chmod go-w ${source.folder}` });
});

test('one entry that cannot be looked at costs the others nothing', async (t) => {
  const source = new SourceUnderTest(t);
  symlinkSync('x'.repeat(300), source.path('odd'));
  writeFileSync(source.path('a'), 'pod a 1');
  await source.start();
  await source.said('a: pod a 1');
  t.match(source.file('odd'), { state: 'refused', message: /ENAMETOOLONG/ });
  t.equal(source.state(), 'present');
});

test('a file that belongs to someone else is refused, also behind a link', {
  skip: skipUnless(process.geteuid?.() === 0, 'needs root'),
}, async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(source.path('a'), 'pod a 1');
  chownSync(source.path('a'), 65534, 65534);
  symlinkSync(source.path('a'), source.path('b'));
  await source.start();
  await source.said('a: refused');
  await source.said('b: refused');
  t.match(source.file('b'), { code: 'E_FILE_UNTRUSTED', hint: `chown root ${source.path('a')}` });
});

test('a second name for a file gives what the file says', async (t) => {
  const source = new SourceUnderTest(t);
  writeFileSync(join(source.root, 'a'), 'pod a 1');
  await source.start();
  linkSync(join(source.root, 'a'), source.path('b'));
  await source.said('b: pod a 1');
});

test('an invalid content is shown once it is at rest, and the next valid one at once', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  moveIn(source, 'a', 'pod a 1');
  await source.said('a: pod a 1');
  moveIn(source, 'a', 'nonsense');
  await source.said('a: invalid');
  moveIn(source, 'a', 'pod a 2');
  await source.said('a: pod a 2');
  t.same(source.history, ['a: pod a 1', 'a: invalid', 'a: pod a 2']);
});

test('many files moved in together all arrive', async (t) => {
  const source = new SourceUnderTest(t);
  await source.start();
  const names = Array.from({ length: 200 }, (_, i) => `p${i}`);
  for (const name of names) moveIn(source, name, `pod ${name} 1`);
  await Promise.all(names.map((name) => source.said(`${name}: pod ${name} 1`)));
  t.equal(source.history.length, 200);
});
