import type { ConfigMap, Node } from 'kubernetes-types/core/v1.d.ts';
import { test } from 'tap';
import { newApiClient } from '../lab/api-client.ts';
import { startCluster } from '../lab/cluster.ts';
import { until } from '../lab/until.ts';
import { missing } from '../support/requires.ts';

const INFO = '/api/v1/namespaces/kube-public/configmaps/cluster-info';
const NODES = '/api/v1/nodes';
const node = (name: string) => ({ metadata: { name } });

test('the control plane of the other tests', { skip: missing('go', 'etcd', 'kubectl') }, async (t) => {
  const cluster = await startCluster(t, {
    servers: 2,
    knownTokens: ['known-token,system:node:known,1,"system:nodes"'],
  });
  const [url = '', other = ''] = cluster.urls;

  await t.test('it signs cluster-info for a token, and anybody may read that', async (t) => {
    const { id } = await cluster.token();
    const anybody = newApiClient(t, { url });
    const signature = await until(
      async () => ((await anybody('GET', INFO)).body as ConfigMap).data?.[`jws-kubeconfig-${id}`],
      { what: 'cluster-info is signed' },
    );
    t.match(signature, /^[\w-]+\.\.[\w-]+$/);
    t.equal((await anybody('GET', NODES)).code, 403);
  });

  await t.test('a token may read Nodes, and is counted as its user', async (t) => {
    const { id, text } = await cluster.token();
    const bearer = newApiClient(t, { url, token: text });
    await until(async () => (await bearer('GET', `${NODES}/none`)).code === 404, { what: 'the token is known' });
    const user = `system:bootstrap:${id}`;
    const request = await until(async () => (await cluster.requests(user)).find(({ code }) => code === 404), {
      what: 'the request is in the audit log',
    });
    t.match(request, { user, verb: 'get', resource: 'nodes', uri: `${NODES}/none` });
  });

  await t.test('the users of known_tokens.csv are held to NodeRestriction', async (t) => {
    const known = newApiClient(t, { url, token: 'known-token' });
    t.equal((await known('POST', NODES, node('known'))).code, 201);
    t.equal((await known('POST', NODES, node('another'))).code, 403);
  });

  await t.test('every Node is given a range of pod addresses', async (t) => {
    await cluster.call('POST', NODES, node('ranged'));
    const range = await until(async () => ((await cluster.call('GET', `${NODES}/ranged`)).body as Node).spec?.podCIDR, {
      what: 'the range',
    });
    t.match(range, /^10\.244\.\d+\.0\/24$/);
  });

  await t.test('what is done at one apiserver is seen at the other, also while the first is away', async (t) => {
    const second = newApiClient(t, { url: other, token: 'known-token' });
    await cluster.apiservers[0]?.end();
    t.equal((await second('GET', `${NODES}/known`)).code, 200);
    await cluster.apiservers[0]?.start();
    t.equal((await cluster.call('GET', `${NODES}/known`)).code, 200);
  });

  await t.test('a snapshot puts the cluster back', async (t) => {
    const restore = await cluster.snapshot();
    await cluster.call('POST', NODES, node('later'));
    await restore();
    t.equal((await cluster.call('GET', `${NODES}/later`)).code, 404);
    t.equal((await cluster.call('GET', `${NODES}/known`)).code, 200);
  });

  await t.test('behind plain HTTP everybody may do everything', async (t) => {
    const anybody = newApiClient(t, { url: await cluster.plainHttp() });
    t.equal((await anybody('POST', NODES, node('plain'))).code, 201);
  });

  await t.test('kubectl is its administrator', async (t) => {
    t.match((await cluster.kubectl('get', 'nodes', '-o', 'name')).stdout, /node\/known/);
  });
});
