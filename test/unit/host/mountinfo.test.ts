import { test } from 'tap';
import { isWithin, parseMountinfo, upperFolderIn } from '../../../daemon/host/mountinfo.ts';

const text = `27 1 254:0 / / rw,relatime shared:1 master:2 - ext4 /dev/vda rw
31 27 0:28 / /srv/with\\040blank rw - tmpfs tmpfs rw
32 27 254:0 /home /srv rw,relatime - ext4 /dev/vda rw
33 27 0:40 / /srv/nfs rw - nfs4 server:/ex\\134port rw
`;

test('mounts are read with or without optional fields, and with blanks in their names', (t) => {
  t.match(parseMountinfo(text), [
    { id: 27, point: '/', root: '/', type: 'ext4' },
    { id: 31, point: '/srv/with blank', type: 'tmpfs' },
    { id: 32, point: '/srv', root: '/home' },
    { id: 33, point: '/srv/nfs', source: 'server:/ex\\port' },
  ]);
  t.end();
});

test('a line that was cut short is no mount', (t) => {
  t.same(parseMountinfo('27 1 254:0 / / rw,rela'), []);
  t.end();
});

test('a folder holds itself and what is below it, not what its name begins', (t) => {
  t.ok(isWithin('/a', '/a'));
  t.ok(isWithin('/a/b', '/a'));
  t.ok(isWithin('/a', '/'));
  t.notOk(isWithin('/ab', '/a'));
  t.end();
});

test('where a container’s root is an overlay, it is known where what it writes lies', (t) => {
  const overlay = (point: string, folder: string) =>
    `9 1 0:50 / ${point} rw - overlay overlay rw,lowerdir=/l/1/fs:/l/2/fs,upperdir=${folder},workdir=/l/3/work\n`;
  t.equal(upperFolderIn(`${overlay('/', '/l/3/fs')}${overlay('/image', '/other')}`), '/l/3/fs');
  t.equal(upperFolderIn(overlay('/', '/with\\040blank')), '/with blank');
  t.equal(upperFolderIn(text), undefined);
  t.equal(upperFolderIn(''), undefined);
  t.end();
});
