import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { nodeOwnerCheck } from '../../../../daemon/node/preflight/node-owner-check.ts';
import { systemClock as clock } from '../../../../daemon/reconcile/clock.ts';
import { fakeApiserver, type Handler, json, statusOf } from '../../../lab/fake-apiserver.ts';
import { apiserverCertificate } from '../../../support/apiserver-certificate.ts';
import { someFacts } from '../../../support/node-builders.ts';

const { certificate, caPem } = await apiserverCertificate();
const token = { id: 'abcdef', secret: '0123456789abcdef', token: 'abcdef.0123456789abcdef', writtenAt: 0 };

/** @param node what is answered when the Node is asked for */
const aCluster = async (t: Test, node: Handler) => {
  const caFile = join(t.testdir(), 'ca.crt');
  await writeFile(caFile, caPem);
  const handler: Handler = (request, response) =>
    request.url === '/api/v1/nodes/n1' ? node(request, response) : json(response, {});
  const server = await fakeApiserver(t, { certificate, handler });
  const check = () =>
    nodeOwnerCheck({
      cluster: { ...schema.fallback.cluster, servers: [server.url], caFile },
      ...{ token, clock, identity: { ...someFacts, nodeName: 'n1' }, stopping: new AbortController().signal },
    });
  return { server, check };
};

test('a name that nobody has is free', async (t) => {
  const { check } = await aCluster(t, (_, response) => json(response, statusOf(404, 'NotFound', 'none'), 404));
  t.match(await check(), { name: 'NodeOwner', result: 'passed', message: 'no other machine is Node n1' });
});

test('a token that may not read Nodes leaves it open who has the name, and says so', async (t) => {
  const { check } = await aCluster(t, (_, response) => json(response, statusOf(403, 'Forbidden', 'no'), 403));
  t.match(await check(), { result: 'warning', message: /may not read Nodes/, fix: /kubeadm token create --groups/ });
});

test('a server that went away since it was looked at is told of like all else, and ends no report', async (t) => {
  const { server, check } = await aCluster(t, (_, response) => json(response, {}));
  await server.kill();
  t.match(await check(), { name: 'NodeOwner', result: 'warning', message: /E_APISERVER_UNAVAILABLE/ });
});
