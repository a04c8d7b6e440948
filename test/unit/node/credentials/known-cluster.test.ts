import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { KnownCluster } from '../../../../daemon/node/credentials/known-cluster.ts';
import type { Discoverer } from '../../../../daemon/node/discovery/discoverer.ts';

const servers = ['https://192.0.2.1:6443'];
const pinned = (pin: string) => ({
  ...schema.fallback.cluster,
  servers,
  discovery: { ...schema.fallback.cluster.discovery, caCertHashes: [pin] },
});

type Asked = Pick<Discoverer, 'given' | 'authoritiesNow'>;
const nothingGiven: Asked = { given: async () => undefined, authoritiesNow: async (caPem) => caPem };

const stateFolder = async (t: Test): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bl-known-'));
  t.teardown(() => rm(dir, { recursive: true, force: true }));
  return join(dir, 'cluster.json');
};

test('what was discovered is known after a restart', async (t) => {
  const file = await stateFolder(t);
  const known = () => new KnownCluster({ cluster: pinned('sha256:aa'), file, discoverer: nothingGiven });
  t.equal(await known().load(), undefined);
  await known().learn({ servers, caPem: 'OLD' });
  t.same(await known().load(), { servers, caPem: 'OLD' });
});

test('with other pins it is another cluster that is meant', async (t) => {
  const file = await stateFolder(t);
  await new KnownCluster({ cluster: pinned('sha256:aa'), file, discoverer: nothingGiven }).learn({
    servers,
    caPem: 'OLD',
  });
  t.equal(await new KnownCluster({ cluster: pinned('sha256:bb'), file, discoverer: nothingGiven }).load(), undefined);
});

test('authorities that the known ones vouch for take their place, although no pin names them', async (t) => {
  const file = await stateFolder(t);
  const discoverer: Asked = { ...nothingGiven, authoritiesNow: async (caPem) => (caPem === 'OLD' ? 'OLD+NEW' : caPem) };
  const known = new KnownCluster({ cluster: pinned('sha256:aa'), file, discoverer });
  await known.learn({ servers, caPem: 'OLD' });
  t.equal(await known.refresh(), true);
  t.same(await known.load(), { servers, caPem: 'OLD+NEW' });
  t.equal(await known.refresh(), false);
});

test("what the configuration gives comes first, and is the administrator's to renew", async (t) => {
  const file = await stateFolder(t);
  const given = { state: 'trusted' as const, servers, caPem: 'GIVEN' };
  const discoverer: Asked = { given: async () => given, authoritiesNow: () => Promise.reject(new Error('asked')) };
  const known = new KnownCluster({ cluster: schema.fallback.cluster, file, discoverer });
  t.same(await known.load(), { servers, caPem: 'GIVEN' });
  t.equal(await known.refresh(), false);
});
