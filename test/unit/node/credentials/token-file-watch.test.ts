import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Test, test } from 'tap';
import { joinController } from '../../../../daemon/node/credentials/join-controller.ts';
import { TokenFileWatch } from '../../../../daemon/node/credentials/token-file-watch.ts';
import { readToken } from '../../../../daemon/node/discovery/bootstrap-token.ts';
import { joinStateType, tokenFileType, wantedClusterType } from '../../../../daemon/node/resources.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { until } from '../../../lab/until.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const TOKEN = 'abcdef.0123456789abcdef';

/** A host that takes whatever token lies there for its way in, and whose clock stands still: nothing is tried again by itself. */
const aHost = async (t: Test, files: Readonly<Record<string, string>>) => {
  const folder = t.testdir({ ...files });
  const file = join(folder, 'token');
  const [clock, store] = [new FakeClock(), new Store()];
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const credentials = { kind: 'bootstrap-token', user: '' } as const;
  const access = { servers: [], caPem: undefined, identity: { kind: 'none' } } as const;
  const missing = { state: 'stuck', reason: 'TokenMissing', message: '', advice: '' } as const;
  const identify = async () => {
    const nextLookAt = clock.now() + 60_000;
    const token = await readToken(file);
    return token === undefined
      ? { ...missing, nextLookAt }
      : ({ state: 'identified', access, credentials, nextLookAt } as const);
  };
  engine.add(joinController({ nodeName: 'n', source: { identify }, session: { use: () => undefined } }));
  store.claim(wantedClusterType, 'test').put('n', { servers: [], register: true, isUnverified: false });
  const changes = store.claim(tokenFileType, 'token-file-watch');
  const watch = new TokenFileWatch({ nodeName: 'n', file, changes, clock: systemClock, log: pino({ enabled: false }) });
  t.teardown(async () => {
    await watch.stop();
    await engine.stop();
  });
  await watch.start();
  engine.start();
  await until(() => store.get(tokenFileType, 'n'), { what: 'the folder is watched' });
  const is = (wanted: string) =>
    until(
      () => {
        const state = store.get(joinStateType, 'n');
        return state !== undefined && ('reason' in state ? state.reason : state.state) === wanted;
      },
      { what: `it is ${wanted}` },
    );
  return { folder, file, is };
};

test('a token that is put there is taken at once', async (t) => {
  const { folder, file, is } = await aHost(t, {});
  await is('TokenMissing');
  await writeFile(join(folder, 'draft'), TOKEN, { mode: 0o600 });
  await rename(join(folder, 'draft'), file);
  await is('joined');
});

test('a token that was mistyped is taken once it is mended', async (t) => {
  const { file, is } = await aHost(t, { token: 'abcdef' });
  await chmod(file, 0o600);
  await is('E_TOKEN_MALFORMED');
  await writeFile(file, TOKEN);
  await is('joined');
});

test('a token that others may read is taken once they may not', async (t) => {
  const { file, is } = await aHost(t, { token: TOKEN });
  await is('E_FILE_UNTRUSTED');
  await chmod(file, 0o600);
  await is('joined');
});

test('a file that is emptied and then written is looked at once, when both are over', async (t) => {
  const file = join(t.testdir({ token: TOKEN }), 'token');
  const [clock, store] = [new FakeClock(), new Store()];
  const changes = store.claim(tokenFileType, 'token-file-watch');
  const watch = new TokenFileWatch({ nodeName: 'n', file, changes, clock, log: pino({ enabled: false }) });
  t.teardown(() => watch.stop());
  await watch.start();
  const told = () => store.get(tokenFileType, 'n')?.changes ?? 0;
  const isTold = (times: number) => async () => {
    await clock.advance(100);
    return told() === times;
  };
  await until(isTold(1), { what: 'the folder is watched' });
  await writeFile(file, '');
  await until(() => clock.timers === 1, { what: 'it is seen to be emptied' });
  await clock.advance(199);
  t.equal(told(), 1);
  await writeFile(file, TOKEN);
  await until(isTold(2), { what: 'it is looked at' });
});
