import t, { test } from 'tap';
import { isReady, manifest, podHosts } from '../../support/pod-host.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'busybox');
const startHost = podHosts(t);

test('one folder serves many hosts: a pod that belongs elsewhere is Failed, and nothing is made of it', {
  skip,
}, async (t) => {
  const host = await startHost(t, { config: { node: { labels: { role: 'db' } } } });
  await host.drop('web.yaml', manifest({ spec: { nodeSelector: { role: 'web' } } }));
  await host.drop('db.yaml', manifest({ name: 'db', spec: { nodeSelector: { role: 'db' } } }));
  await host.podWhere('ready', isReady, 'db');
  const pod = await host.podWhere('rejected', (p) => p.status?.phase === 'Failed');
  t.match(pod.status, { reason: 'NodeAffinity', message: /^Pod was rejected: Predicate NodeAffinity failed: / });
  const events = (await host.events()).filter((e) => e.involvedObject.name === host.podName('web'));
  t.match(events, [{ type: 'Warning', reason: 'NodeAffinity', message: /^Predicate NodeAffinity failed: / }]);
  t.equal((await host.containers()).length, 2, 'of the other pod');
});
