import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts, restartsOf } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

/** A server of the test's own that a hostNetwork pod's probe reaches; it answers with what `status` gives. */
const serve = (t: { teardown(fn: () => void): void }, status: () => number): Promise<number> =>
  new Promise((resolve) => {
    const server: Server = createServer((_request, response) => response.writeHead(status()).end());
    t.teardown(() => server.close());
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

test('a readiness probe makes the pod ready and takes that back', { skip }, async (t) => {
  const host = await startHost(t);
  let status = 500;
  const port = await serve(t, () => status);
  const readinessProbe = { httpGet: { host: '127.0.0.1', port, path: '/' }, periodSeconds: 1, failureThreshold: 1 };
  await host.drop('web.yaml', manifest({ container: { readinessProbe } }));
  await host.podWhere('running, not ready', (p) => p.status?.phase === 'Running' && !isReady(p));
  await until(
    async () => (await host.events()).some((e) => e.reason === 'Unhealthy' && e.message.includes('statuscode: 500')),
    { what: 'the event' },
  );
  status = 200;
  await host.podWhere('ready', isReady);
  status = 404;
  const pod = await host.podWhere('not ready again', (p) => !isReady(p));
  t.equal(restartsOf(pod), 0);
});

test('a container that fails its liveness probe is restarted', { skip }, async (t) => {
  const host = await startHost(t);
  const livenessProbe = { exec: { command: ['/bin/sh', '-c', 'exit 1'] }, periodSeconds: 1, failureThreshold: 1 };
  await host.drop('web.yaml', manifest({ container: { livenessProbe } }));
  await host.podWhere('restarted', (p) => restartsOf(p) >= 1);
  t.ok((await host.events()).some((e) => e.reason === 'Killing' && e.message.includes('failed liveness probe')));
});

test('a startup probe holds the others back until it succeeds', { skip }, async (t) => {
  const host = await startHost(t);
  let started = 500;
  const port = await serve(t, () => started);
  const probe = { httpGet: { host: '127.0.0.1', port }, periodSeconds: 1, failureThreshold: 60 };
  const tcp = { tcpSocket: { host: '127.0.0.1', port }, periodSeconds: 1 };
  await host.drop('web.yaml', manifest({ container: { startupProbe: probe, readinessProbe: tcp } }));
  const held = await host.podWhere('running', (p) => p.status?.phase === 'Running');
  t.match(held.status?.containerStatuses?.[0], { started: false, ready: false });
  started = 200;
  await host.podWhere('ready', isReady);
  t.match((await host.pod())?.status?.containerStatuses?.[0], { started: true, ready: true });
});

test('a startup probe that never succeeds ends the container', { skip }, async (t) => {
  const host = await startHost(t);
  const startupProbe = { tcpSocket: { host: '127.0.0.1', port: 1 }, periodSeconds: 1, failureThreshold: 2 };
  await host.drop('web.yaml', manifest({ container: { startupProbe } }));
  await host.podWhere('restarted', (p) => restartsOf(p) >= 1);
  t.ok((await host.events()).some((e) => e.reason === 'Unhealthy' && e.message.startsWith('Startup probe failed: ')));
});
