import { PassThrough } from 'node:stream';
import { test } from 'tap';
import type { Status } from '../../../daemon/api/status.ts';
import type { Io } from '../../../daemon/commands/io.ts';
import { statusText } from '../../../daemon/commands/status-text.ts';

const io: Io = {
  env: {},
  stdin: new PassThrough(),
  stdout: new PassThrough(),
  out: () => undefined,
  note: () => undefined,
  isTerminal: false,
  ownInterrupt: () => undefined,
  setExitCode: () => undefined,
};

const aFile = (path: string, state: Status['manifests'][number]['state'], message = '') =>
  ({ path, state, message, lastGood: false, issues: [] }) as const;

const aStatus = (manifests: Status['manifests']): Status => ({
  apiVersion: 'bootlet.io/v1alpha1',
  kind: 'Status',
  metadata: { name: 'n', resourceVersion: '1' },
  version: '1',
  mode: 'standalone',
  degraded: false,
  conditions: [],
  pods: { total: 0, ready: 0, phases: {} },
  manifests,
  troubles: [],
  next: 'bootlet pods',
});

test('each file that no pod comes from is named, with why', async (t) => {
  const manifests = [
    aFile('/m/a.yaml', 'active'),
    aFile('/m/a.yaml.bak', 'ignored', 'a backup'),
    aFile('/m/b.yaml', 'conflict', 'default/a-n comes from /m/a.yaml already'),
  ];
  t.match(
    await statusText(aStatus(manifests), io),
    `Manifests that are not active:
  /m/a.yaml.bak: ignored: a backup
  /m/b.yaml: conflict: default/a-n comes from /m/a.yaml already

Next: bootlet pods
`,
  );
  t.notMatch(await statusText(aStatus([aFile('/m/a.yaml', 'active')]), io), 'not active');
});
