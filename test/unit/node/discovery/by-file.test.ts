import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'tap';
import { readDiscoveryFile } from '../../../../daemon/node/discovery/by-file.ts';
import { issue, newAuthority } from '../../../lab/certificate.ts';
import { clusterInfoKubeconfig } from '../../../lab/cluster/rbac.ts';
import { startImpostor } from '../../../lab/impostor.ts';
import { scratchFolder } from '../../../support/file-source.ts';

const SERVER = 'https://192.0.2.1:6443';
const stopping = new AbortController().signal;

test('a kubeconfig with its files beside it', async (t) => {
  const dir = scratchFolder(t);
  const ca = await newAuthority('kubernetes');
  const { certificatePem, privatePem } = await issue(ca, { commonName: 'node', usages: ['clientAuth'] });
  const write = (name: string, text: string) => writeFileSync(join(dir, name), text, { mode: 0o600 });
  write('ca.crt', ca.certificatePem);
  write('a.crt', certificatePem);
  write('a.key', privatePem);
  const cluster = { server: SERVER, 'certificate-authority': 'ca.crt' };
  const user = { 'client-certificate': 'a.crt', 'client-key': join(dir, 'a.key') };
  const one = { kind: 'Config', clusters: [{ name: 'c', cluster }], users: [{ name: 'u', user }] };
  write('conf', JSON.stringify(one));
  const identity = { kind: 'certificate', certificatePem, keyPem: privatePem };
  const read = () => readDiscoveryFile(join(dir, 'conf'), stopping);
  t.same(await read(), { server: SERVER, caPem: ca.certificatePem, identity });

  await t.test('a key that others may read is refused, and a kubeconfig that others may change', async (t) => {
    chmodSync(join(dir, 'a.key'), 0o644);
    await t.rejects(read(), { code: 'E_FILE_UNTRUSTED', hint: `chmod 600 ${join(dir, 'a.key')}` });
    chmodSync(join(dir, 'conf'), 0o666);
    await t.rejects(read(), { code: 'E_FILE_UNTRUSTED', message: /conf can be changed by others/ });
  });
});

test('a kubeconfig from a web server', async (t) => {
  const [web, ca] = [await newAuthority('web'), await newAuthority('kubernetes')];
  const kubeconfig = clusterInfoKubeconfig(SERVER, ca.certificatePem);
  const named = JSON.stringify({
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: SERVER, 'certificate-authority': '/etc/shadow' } }],
  });
  const { url } = await startImpostor(t, web, ({ path }) => {
    if (path === '/conf') return { body: kubeconfig };
    if (path === '/named') return { body: named };
    return path === '/elsewhere'
      ? { status: 302, headers: { location: `${url}/conf` }, body: '' }
      : { status: 404, body: '' };
  });
  const read = (path: string) => readDiscoveryFile(`${url}${path}`, stopping, () => [web.certificatePem]);
  t.same(await read('/conf'), { server: SERVER, caPem: ca.certificatePem });

  await t.test('names no files of this host', (t) =>
    t.rejects(read('/named'), {
      code: 'E_KUBECONFIG',
      message: /names files, which a kubeconfig from elsewhere may not/,
    }),
  );
  await t.test('is not looked for elsewhere', async (t) => {
    await t.rejects(read('/elsewhere'), { code: 'E_KUBECONFIG', message: /answers 302/ });
    await t.rejects(read('/none'), { code: 'E_KUBECONFIG', message: /answers 404/ });
  });
  await t.test('comes only from one that the authorities of this machine vouch for', (t) =>
    t.rejects(readDiscoveryFile(`${url}/conf`, stopping), { code: 'E_TLS_UNTRUSTED' }),
  );
});
