import { test } from 'tap';
import { type Assignment, assign, type LastGood } from '../../../../daemon/pods/assign/assign.ts';
import { standing } from '../../../../daemon/pods/assign/standing.ts';
import { aFolder, anInvalidFile, aStaticPod, aValidFile } from '../../../support/builders.ts';

const none: ReadonlyMap<string, LastGood> = new Map();
const specsOf = ({ specs }: Assignment): string[] => specs.map((s) => `${s.name} ${s.uid} from ${s.source}`);
const statesOf = ({ statuses }: Assignment): string[] =>
  statuses.map((s) => `${s.path} ${s.state}${s.lastGood ? ' (last good)' : ''}`);
const web1 = aStaticPod('web', 'web-1');
const web2 = aStaticPod('web', 'web-2');

test('a valid file gives its pod and is remembered', async (t) => {
  const result = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  t.same(specsOf(result), ['web-n web-1 from /manifests/a']);
  t.same(statesOf(result), ['/manifests/a active']);
  t.same(
    [...result.remember].map(([path, { pod }]) => [path, pod.uid]),
    [['/manifests/a', 'web-1']],
  );
});

test('of two files that name one pod, the first by name has it at first sight, in whatever order they are listed', async (t) => {
  const files = [aValidFile('/manifests/b', web2), aValidFile('/manifests/a', web1)];
  for (const order of [files, files.toReversed()]) {
    const result = assign(order, standing(aFolder(), []), none);
    t.same(specsOf(result), ['web-n web-1 from /manifests/a']);
    t.same(statesOf(result).sort(), ['/manifests/a active', '/manifests/b conflict']);
    t.match(result.statuses.find((s) => s.state === 'conflict')?.message, '/manifests/a');
  }
});

test('of two files that name one pod, the one that had it keeps it', async (t) => {
  const before = assign([aValidFile('/manifests/b', web2)], standing(aFolder(), []), none).remember;
  const result = assign(
    [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', web2)],
    standing(aFolder(), []),
    before,
  );
  t.same(specsOf(result), ['web-n web-2 from /manifests/b']);
  t.same(statesOf(result), ['/manifests/a conflict', '/manifests/b active']);
});

test('the owner keeps its pod through an edit, although another file names it as well', async (t) => {
  const before = assign([aValidFile('/manifests/b', web1)], standing(aFolder(), []), none).remember;
  const result = assign(
    [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', web2)],
    standing(aFolder(), []),
    before,
  );
  t.same(specsOf(result), ['web-n web-2 from /manifests/b']);
});

test('when the owner is removed, the file in conflict gives the pod', async (t) => {
  const files = [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', web2)];
  const { remember } = assign(files, standing(aFolder(), []), none);
  const result = assign(files.slice(1), standing(aFolder(), []), remember);
  t.same(specsOf(result), ['web-n web-2 from /manifests/b']);
  t.same(statesOf(result), ['/manifests/b active']);
});

test('when the file in conflict is removed, the owner goes on', async (t) => {
  const files = [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', web2)];
  const { remember } = assign(files, standing(aFolder(), []), none);
  t.same(specsOf(assign(files.slice(0, 1), standing(aFolder(), []), remember)), ['web-n web-1 from /manifests/a']);
});

test('a file renamed with its content keeps its pod as it is', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const result = assign([aValidFile('/manifests/z', web1)], standing(aFolder(), []), remember);
  t.same(specsOf(result), ['web-n web-1 from /manifests/z']);
  t.same([...result.remember.keys()], ['/manifests/z']);
});

test('a vanished file takes its pod with it', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const result = assign([], standing(aFolder(), []), remember);
  t.same(result.specs, []);
  t.equal(result.remember.size, 0);
});

test('a valid edit that names another pod replaces the one by the other', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const result = assign([aValidFile('/manifests/a', aStaticPod('db'))], standing(aFolder(), []), remember);
  t.same(specsOf(result), ['db-n uid-of-db from /manifests/a']);
});

test('an invalid edit keeps the last good pod, and says where the fault is', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const result = assign([anInvalidFile('/manifests/a')], standing(aFolder(), []), remember);
  t.same(specsOf(result), ['web-n web-1 from /manifests/a']);
  t.same(statesOf(result), ['/manifests/a invalid (last good)']);
  t.match(
    result.statuses[0]?.message,
    '/manifests/a:8:7: spec.containers[0].imagee: unknown field "imagee" (did you mean "image"?); default/web-n goes on',
  );
  t.equal(result.remember.get('/manifests/a')?.pod.uid, 'web-1');
});

test('a file that must not be trusted keeps the last good pod', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const refused = {
    state: 'refused',
    path: '/manifests/a',
    code: 'E_FILE_UNTRUSTED',
    message: 'no',
    hint: 'chmod',
  } as const;
  const result = assign([refused], standing(aFolder(), []), remember);
  t.same(specsOf(result), ['web-n web-1 from /manifests/a']);
  t.same(statesOf(result), ['/manifests/a refused (last good)']);
});

test('a new file that is invalid gives nothing', async (t) => {
  const result = assign([anInvalidFile('/manifests/a')], standing(aFolder(), []), none);
  t.same(result.specs, []);
  t.same(statesOf(result), ['/manifests/a invalid']);
});

test('a copy of the owner in conflict that turns invalid takes nothing over when the owner goes', async (t) => {
  const first = assign(
    [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', web2)],
    standing(aFolder(), []),
    none,
  );
  const second = assign(
    [aValidFile('/manifests/a', web1), anInvalidFile('/manifests/b')],
    standing(aFolder(), []),
    first.remember,
  );
  t.same(specsOf(second), ['web-n web-1 from /manifests/a']);
  t.same(assign([anInvalidFile('/manifests/b')], standing(aFolder(), []), second.remember).specs, []);
});

test('an owner with an invalid edit keeps its pod against a valid file that names it too', async (t) => {
  const { remember } = assign([aValidFile('/manifests/b', web1)], standing(aFolder(), []), none);
  const result = assign(
    [aValidFile('/manifests/a', web2), anInvalidFile('/manifests/b')],
    standing(aFolder(), []),
    remember,
  );
  t.same(specsOf(result), ['web-n web-1 from /manifests/b']);
  t.same(statesOf(result), ['/manifests/a conflict', '/manifests/b invalid (last good)']);
});

test('a file that becomes a directory or gets an ignored name gives nothing', async (t) => {
  const { remember } = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none);
  const result = assign(
    [{ state: 'ignored', path: '/manifests/a', reason: 'a directory' }],
    standing(aFolder(), []),
    remember,
  );
  t.same(result.specs, []);
  t.same(statesOf(result), ['/manifests/a ignored']);
});

test('a vanished folder leaves everything as it was, after a restart of the daemon as well', async (t) => {
  const { remember } = assign(
    [aValidFile('/manifests/a', web1), aValidFile('/manifests/b', aStaticPod('db'))],
    standing(aFolder(), []),
    none,
  );
  const result = assign([], standing(aFolder('vanished'), []), remember);
  t.same(specsOf(result), ['web-n web-1 from /manifests/a', 'db-n uid-of-db from /manifests/b']);
  t.same(statesOf(result), ['/manifests/a active (last good)', '/manifests/b active (last good)']);
  t.same([...result.remember.keys()], [...remember.keys()]);
});

test('nothing is decided twice: the same input on top of its own outcome changes nothing', async (t) => {
  const files = [aValidFile('/manifests/b', web2), aValidFile('/manifests/a', web1), anInvalidFile('/manifests/c')];
  const first = assign(files, standing(aFolder(), []), none);
  const second = assign(files, standing(aFolder(), []), first.remember);
  t.same(second, first);
});

test('while others may remove files from the folder, one that is missing stands for what it last gave', async (t) => {
  const before = assign([aValidFile('/manifests/a', web1)], standing(aFolder(), []), none).remember;
  t.same(specsOf(assign([], standing(aFolder('untrusted'), []), before)), ['web-n web-1 from /manifests/a']);
  t.same(specsOf(assign([], standing(aFolder(), []), before)), []);
});

test('while an address gives nothing, its pods go on; once it is not configured, they end', async (t) => {
  const url = 'https://pods.example/list';
  const path = `${url}#default/web-n`;
  const { remember } = assign([aValidFile(path, web1)], standing(aFolder(), []), none);
  const source = { url, state: 'unavailable', message: `${url}: it answers 500, not 200`, files: [] } as const;
  const result = assign([], standing(aFolder(), [source]), remember);
  t.same(specsOf(result), [`web-n web-1 from ${path}`]);
  t.match(result.statuses, [{ path, state: 'active', lastGood: true, message: /500/ }]);
  t.same(assign([], standing(aFolder(), [{ ...source, state: 'available' }]), remember).specs, []);
  t.same(assign([], standing(aFolder(), []), remember).specs, []);
});

test('a file of the folder and an address that name one pod are in conflict as two files are', async (t) => {
  const files = [aValidFile('https://pods.example/#default/web-n', web2), aValidFile('/manifests/a', web1)];
  const result = assign(files, standing(aFolder(), []), none);
  t.same(specsOf(result), ['web-n web-1 from /manifests/a']);
  t.same(statesOf(result).sort(), ['/manifests/a active', 'https://pods.example/#default/web-n conflict']);
});

test('of two pods that are given one uid, the one that had it keeps it, and the other says whose it is', async (t) => {
  const files = [
    aValidFile('/manifests/a', aStaticPod('db', 'mine')),
    aValidFile('/manifests/b', aStaticPod('web', 'mine')),
  ];
  const first = assign(files, standing(aFolder(), []), none);
  t.same(specsOf(first), ['db-n mine from /manifests/a']);
  t.same(statesOf(first), ['/manifests/a active', '/manifests/b conflict']);
  t.match(first.statuses[1]?.message, 'the uid mine is that of default/db-n from /manifests/a already');
  const { remember } = assign(files.slice(1), standing(aFolder(), []), none);
  t.same(specsOf(assign(files, standing(aFolder(), []), remember)), ['web-n mine from /manifests/b']);
});
