import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { serverChecks } from '../../../../daemon/node/preflight/server-checks.ts';
import { systemClock as clock } from '../../../../daemon/reconcile/clock.ts';

const check = (server: string) =>
  serverChecks(server, {
    cluster: {
      ...schema.fallback.cluster,
      discovery: { ...schema.fallback.cluster.discovery, caCertHashes: [`sha256:${'0'.repeat(64)}`] },
    },
    token: undefined,
    clock,
    stopping: new AbortController().signal,
    ownAddresses: [],
  });

test('a port of this host on which nothing listens yet may be that of its own control plane', async (t) => {
  t.match(await check('https://127.0.0.1:1'), [{ name: 'ServerReachable', result: 'warning', subject: /:1$/ }]);
});

test('a name that nobody knows ends the look at a server', async (t) => {
  t.match(await check('https://no.such.invalid:6443'), [{ name: 'ServerName', result: 'failed' }]);
});

test('an open port behind which there is no TLS is reachable, and not trusted', async (t) => {
  const server = createServer((socket) => socket.on('error', () => undefined).end('no TLS here')).listen(
    0,
    '127.0.0.1',
  );
  t.teardown(() => server.close());
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  t.match(await check(`https://127.0.0.1:${port}`), [
    { name: 'ServerReachable', result: 'passed' },
    { name: 'ServerTrusted', result: 'failed', message: /E_APISERVER_UNAVAILABLE/ },
  ]);
});
