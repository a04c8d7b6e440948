import { execFileSync } from 'node:child_process';
import { buffer } from 'node:stream/consumers';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { test } from 'tap';
import { ImageArchive } from '../../../../daemon/runtime/docker/image-archive.ts';
import { TarScanner } from '../../../../daemon/runtime/docker/tar-scanner.ts';

const MANIFEST = JSON.stringify([{ RepoTags: ['a:1', 'b:2'] }, { RepoTags: null }]);

test('image archives', async (t) => {
  const dir = t.testdir({ 'layer.tar': 'x'.repeat(2000), 'manifest.json': MANIFEST, empty: '' });
  const tar = (format: string, ...files: string[]): Buffer =>
    execFileSync('tar', [`--format=${format}`, '-C', dir, '-c', ...files]);
  const whole = tar('gnu', 'layer.tar', './manifest.json');

  const read = async (source: Iterable<Uint8Array>) => {
    const archive = new ImageArchive(source);
    const bytes = await buffer(archive.bytes());
    return { bytes, names: archive.names() };
  };

  t.test('a whole one passes unchanged, and its names are known afterwards', async (t) => {
    t.same(await read([whole]), { bytes: whole, names: ['a:1', 'b:2'] });
  });

  t.test('a compressed one is decompressed on the way', async (t) => {
    for (const packed of [gzipSync(whole), zstdCompressSync(whole)]) t.same((await read([packed])).bytes, whole);
  });

  t.test('one that is cut anywhere before its end fails', async (t) => {
    const border = whole.length - 10240 + 512;
    for (const length of [300, 512, 700, 1536, border, whole.indexOf(MANIFEST) + 512]) {
      await t.rejects(read([whole.subarray(0, length)]), { code: 'E_IMAGE_ARCHIVE' }, `${length} bytes`);
    }
    for (const packed of [gzipSync(whole), zstdCompressSync(whole)]) {
      await t.rejects(read([packed.subarray(0, packed.length - 12)]), { code: 'E_IMAGE_ARCHIVE' });
    }
  });

  t.test('one whose source fails fails with it', async (t) => {
    const failing = (function* () {
      yield whole.subarray(0, 600);
      throw new Error('disk');
    })();
    await t.rejects(read(failing), { code: 'E_IMAGE_ARCHIVE', message: /disk/ });
  });

  t.test('what is no image archive fails', async (t) => {
    await t.rejects(read([Buffer.alloc(5000, 'x')]), { message: /no tar archive/ });
    await t.rejects(read([tar('gnu', 'layer.tar')]), { message: /no manifest.json/ });
    await t.rejects(read([]), { message: /empty/ });
    await t.rejects(read([Buffer.from('\xfd7zXZ\0 and more', 'latin1')]), { message: /xz/ });
  });

  t.test('every common tar format is understood, at any cut of its chunks', async (t) => {
    for (const format of ['gnu', 'ustar', 'pax', 'v7']) {
      const scanner = new TarScanner(['manifest.json']);
      const bytes = tar(format, 'empty', 'layer.tar', 'manifest.json');
      for (let at = 0; at < bytes.length; at += 97) scanner.push(bytes.subarray(at, at + 97));
      t.equal(scanner.content('manifest.json')?.toString(), MANIFEST, format);
      t.ok(scanner.isComplete, format);
    }
  });

  t.test('a size in a pax header counts, as it must beyond 8 GiB', async (t) => {
    const record = '14 size=2000\n';
    const pax = Buffer.concat([
      header('x', record.length),
      padded(Buffer.from(record)),
      header('0', 0),
      Buffer.alloc(2048),
    ]);
    const scanner = new TarScanner(['manifest.json']);
    scanner.push(Buffer.concat([pax, tar('gnu', 'manifest.json')]));
    t.equal(scanner.content('manifest.json')?.toString(), MANIFEST);
  });
});

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc(512 - (bytes.length % 512))]);

const header = (type: string, size: number): Buffer => {
  const block = Buffer.alloc(512);
  block.write('big', 0);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('        ', 148);
  block.write(type, 156);
  const sum = block.reduce((a, b) => a + b, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};
