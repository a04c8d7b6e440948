import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { kubeconfigController } from '../../../../daemon/node/credentials/kubeconfig-controller.ts';
import { tokenRemoval } from '../../../../daemon/node/credentials/token-removal.ts';
import { credentialsType, joinStateType, type Session, sessionType } from '../../../../daemon/node/resources.ts';
import type { Controller } from '../../../../daemon/reconcile/controller.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const NODE = 'n1';

const worldOf = (controller: Controller) => {
  const [clock, store] = [new FakeClock(), new Store()];
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  engine.add(controller);
  const sessions = store.claim(sessionType, 'test');
  store.claim(joinStateType, 'test').put(NODE, { state: 'joined' });
  const certificate = { fingerprint: 'AA', notBefore: 0, notAfter: 1, rotateAt: 1 };
  const token = { id: 'abcdef', writtenAt: 0 };
  store.claim(credentialsType, 'test').put(NODE, { kind: 'bootstrap-token', user: '', certificate, token });
  engine.start();
  return {
    clock,
    session: (state: Session['state']) =>
      sessions.put(NODE, { generation: 1, server: '', state, message: '', since: 0 }),
  };
};

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

const folderWithToken = (t: Test): string => t.testdir({ token: 'abcdef.0123456789abcdef' });

test('a token is removed once the cluster took the certificate, and not before', async (t) => {
  const file = join(folderWithToken(t), 'token');
  const { session, clock } = worldOf(tokenRemoval(NODE, file));
  for (const state of ['unknown', 'refused', 'away'] as const) {
    session(state);
    await clock.settle();
    t.equal(await exists(file), true, state);
  }
  session('answers');
  await until(async () => !(await exists(file)), { what: 'it is gone' });
});

test('the kubeconfig names files, and is written again only when it would say something else', async (t) => {
  const file = join(t.testdir({}), 'new/bootlet.conf');
  const known = { load: async () => ({ servers: ['https://192.0.2.1:6443'], caPem: 'CA' }) };
  worldOf(kubeconfigController({ nodeName: NODE, file, user: { tokenFile: '/etc/bootlet/token' }, known }));
  await until(() => exists(file), { what: 'it is there' });
  t.match(await readFile(file, 'utf8'), /server: https:\/\/192\.0\.2\.1:6443\n[^]*tokenFile: \/etc\/bootlet\/token/);
  t.equal((await stat(file)).mode & 0o777, 0o600);
});

test('a kubeconfig that cannot be written is a trouble of its own', async (t) => {
  const dir = t.testdir({ 'a file': '' });
  await writeFile(join(dir, 'a file'), '');
  const known = { load: async () => ({ servers: ['https://192.0.2.1:6443'], caPem: 'CA' }) };
  const controller = kubeconfigController({ nodeName: NODE, file: join(dir, 'a file/x'), user: {}, known });
  const store = new Store();
  store.claim(joinStateType, 'test').put(NODE, { state: 'joined' });
  await t.rejects(controller.reconcile(NODE, { store, put: () => undefined, remove: () => undefined }), {
    code: 'ENOTDIR',
  });
});
