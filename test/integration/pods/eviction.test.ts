import t, { test } from 'tap';
import { isReady, manifest, podHosts } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

/** Any host uses more than that of its memory. */
const node = { evictionHard: { 'memory.available': '99.99%' } };

test('by default a static pod is never evicted, and the status says what is short', { skip }, async (t) => {
  const host = await startHost(t, { config: { node } });
  await host.drop('web.yaml', manifest());
  await host.podWhere('ready', isReady);
  const status = await host.cli('status', '--check');
  t.equal(status.code, 7);
  t.match(status.stdout, /MemoryPressure/);
  t.ok(isReady((await host.pod()) ?? (await Promise.reject(new Error('no pod')))));
});

test('where it is asked for, a pod is evicted and one that asks for nothing does not start, but those of the system do', {
  skip,
}, async (t) => {
  const host = await startHost(t, { config: { node, pods: { eviction: 'priority' } } });
  await host.drop('system.yaml', manifest({ name: 'system', spec: { priority: 2000000000 } }));
  await host.drop('web.yaml', manifest({ container: { resources: { requests: { memory: '1Ki' } } } }));
  await host.drop('extra.yaml', manifest({ name: 'extra' }));
  const evicted = await host.podWhere('evicted', ({ status }) => status?.reason === 'Evicted');
  t.match(evicted.status, { phase: 'Failed', message: /^The node was low on resource: memory\. Threshold quantity: / });
  const refused = await host.podWhere('refused', ({ status }) => status?.reason === 'Evicted', 'extra');
  t.match(refused.status, { phase: 'Failed', message: 'The node had condition: [MemoryPressure]. ' });
  await host.podWhere('ready', isReady, 'system');
  t.ok((await host.events()).some(({ reason }) => reason === 'Evicted'));
});
