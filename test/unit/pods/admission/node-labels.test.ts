import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'tap';
import { NodeLabels } from '../../../../daemon/pods/admission/node-labels.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { nodeLabelsType } from '../../../../daemon/shared-resources.ts';

/** A daemon's labels, as a daemon on the same state folder has them each time it starts. */
const start = (file: string, configured: Readonly<Record<string, string>> = {}) => {
  const store = new Store();
  const labels = new NodeLabels({
    nodeName: 'n',
    architecture: 'x64',
    configured,
    file,
    labels: store.claim(nodeLabelsType, 'test'),
  });
  return { labels, now: () => store.get(nodeLabelsType, 'n') };
};

test('every node has the well-known labels, and over them its configured ones', async (t) => {
  const { labels, now } = start(join(t.testdir(), 'labels.json'), { role: 'db', 'kubernetes.io/hostname': 'm' });
  await labels.load();
  t.same(now(), {
    'kubernetes.io/hostname': 'm',
    'kubernetes.io/os': 'linux',
    'kubernetes.io/arch': 'amd64',
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': 'amd64',
    role: 'db',
  });
});

test('the labels last seen on the Node count, also when the daemon starts without an apiserver', async (t) => {
  const file = join(t.testdir(), 'labels.json');
  const first = start(file, { role: 'db' });
  await first.labels.load();
  await first.labels.see({ zone: 'a', role: 'web' });
  t.match(first.now(), { zone: 'a', role: 'db' });
  const next = start(file);
  await next.labels.load();
  t.match(next.now(), { zone: 'a', role: 'web', 'kubernetes.io/os': 'linux' });
});

test('labels that cannot be read keep the daemon from starting', async (t) => {
  const file = join(t.testdir(), 'labels.json');
  for (const content of ['{', '[]', '{"a": 1}']) {
    await writeFile(file, content);
    await t.rejects(start(file).labels.load(), { code: 'E_STATE_BROKEN', hint: /remove/ });
  }
});
