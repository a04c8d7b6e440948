import { once } from 'node:events';
import { createServer } from 'node:http';
import t, { test } from 'tap';
import { until } from '../../lab/until.ts';
import { isReady, manifest, podHosts } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const startHost = podHosts(t);

test('a pod of an address outlives the address and the daemon, and ends when the address says so', {
  skip: missing('dockerd', 'busybox'),
}, async (t) => {
  const answer = { status: 200, body: manifest() };
  const server = createServer((_, response) => response.writeHead(answer.status).end(answer.body));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`;
  const host = await startHost(t, { config: { pods: { http: [{ url, allowInsecure: true, intervalSeconds: 1 }] } } });
  const pod = await host.podWhere('ready', isReady);
  t.equal(pod.metadata.annotations?.['kubernetes.io/config.source'], 'http');
  const before = await host.containers();

  answer.status = 503;
  const says = async (word: string) => (await host.cli('status')).stdout.includes(word);
  await until(() => says('it answers 503, not 200'), { what: 'the status says that the source fails' });
  await host.kill9();
  await host.start();
  await until(() => says('it answers 503, not 200'), { what: 'so does that of the next daemon' });
  await host.podWhere('ready', isReady);
  t.same(await host.containers(), before);

  Object.assign(answer, { status: 200, body: '' });
  await until(async () => (await host.containers()).length === 0, { what: 'no container is left' });
});
