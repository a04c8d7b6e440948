import { lstat, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { readClientCertificate } from '../../../../daemon/node/credentials/certificate.ts';
import { CertificateFiles } from '../../../../daemon/node/credentials/certificate-files.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';

const authority = await newAuthority('lab');
const newCertificate = async (commonName = 'system:node:n1') => {
  const { certificatePem, privatePem } = await issue(authority, { commonName, usages: ['clientAuth'] });
  return readClientCertificate(`${certificatePem}${privatePem}`, 'the test');
};

const filesOf = async (t: Test) => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-pki-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  const folder = join(dir, 'pki');
  return { folder, files: new CertificateFiles(folder) };
};

const at = Date.parse('2026-11-21T10:00:00Z');

test('without a certificate there is none to load', async (t) => {
  const { files } = await filesOf(t);
  t.equal(await files.load(), undefined);
});

test('a pending key is the same until a certificate was made with it, also for the next process', async (t) => {
  const { folder, files } = await filesOf(t);
  const key = await files.pendingKey();
  t.equal(await new CertificateFiles(folder).pendingKey(), key);
  await files.save(await newCertificate(), at);
  t.not(await files.pendingKey(), key);
});

test('what was saved is loaded, by a link to a dated file that only root may read', async (t) => {
  const { folder, files } = await filesOf(t);
  await files.pendingKey();
  const certificate = await newCertificate();
  await files.save(certificate, at);
  t.same(await files.load(), { ...certificate, heldSince: at });
  t.ok((await lstat(files.current)).isSymbolicLink());
  t.equal(await readlink(files.current), 'bootlet-client-2026-11-21T10-00-00-000Z.pem');
  t.equal((await stat(files.current)).mode & 0o777, 0o600);
  t.equal((await stat(folder)).mode & 0o777, 0o700);
});

test('the certificate before stays for whoever has it open, and older ones go', async (t) => {
  const { folder, files } = await filesOf(t);
  await files.pendingKey();
  for (const hour of [0, 1, 2, 3]) await files.save(await newCertificate(), at + hour * 3_600_000);
  t.same(await readdir(folder), [
    'bootlet-client-2026-11-21T12-00-00-000Z.pem',
    'bootlet-client-2026-11-21T13-00-00-000Z.pem',
    'bootlet-client-current.pem',
  ]);
});

test('what a killed process left between two steps is no obstacle', async (t) => {
  const { folder, files } = await filesOf(t);
  await files.pendingKey();
  const [first, second] = [await newCertificate(), await newCertificate()];
  await files.save(first, at);
  await symlink('bootlet-client-nowhere.pem', join(folder, '.bootlet-client-current.pem.tmp'));
  t.same(await files.load(), { ...first, heldSince: at }, 'until the link is renamed the old one is present');
  await files.pendingKey();
  await files.save(second, at + 1000);
  t.same(await files.load(), { ...second, heldSince: at + 1000 });
});

test('a file that is cut short is told by its path, and nothing of the key is', async (t) => {
  const { folder, files } = await filesOf(t);
  await files.pendingKey();
  await files.save(await newCertificate(), at);
  const path = join(folder, await readlink(files.current));
  const whole = await readFile(path, 'utf8');
  await writeFile(path, whole.slice(0, whole.length - 200));
  await t.rejects(files.load(), { code: 'E_CERTIFICATE', message: `${files.current} holds no whole private key` });
});
