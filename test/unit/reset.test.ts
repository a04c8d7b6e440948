import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { schema } from '../../daemon/config/schema.ts';
import { forgetCluster } from '../../daemon/reset.ts';

test('a reset takes away what lets a host into its cluster, and no file of anybody else', async (t) => {
  const state = await mkdtemp(join(tmpdir(), 'bl-forget-'));
  t.teardown(() => rm(state, { recursive: true }));
  await mkdir(join(state, 'pki'));
  for (const name of ['pki/bootlet-client.key.tmp', 'cluster.json', 'kubeconfig', 'token'])
    await writeFile(join(state, name), join(state, 'pki/bootlet-client-current.pem'));
  const paths = { ...schema.fallback.paths, state, kubeconfig: join(state, 'kubeconfig') };
  await forgetCluster({ paths });
  t.same(await readdir(state), ['token']);
  await writeFile(paths.kubeconfig, 'of somebody else');
  await forgetCluster({ paths });
  t.same((await readdir(state)).toSorted(), ['kubeconfig', 'token']);
});
