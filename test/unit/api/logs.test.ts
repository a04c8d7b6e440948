import { test } from 'tap';
import { newApp } from '../../../daemon/api/app.ts';
import { serveLogs } from '../../../daemon/api/logs.ts';
import { podCollection } from '../../../daemon/api/pods.ts';
import { containerType, podStatusType } from '../../../daemon/pods/resources.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import type { LogChunk, LogOptions } from '../../../daemon/runtime/runtime.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aPod, aRun } from '../../support/pod-builders.ts';

const silent = { error: () => undefined, warn: () => undefined, info: () => undefined };

async function* written(): AsyncGenerator<LogChunk> {
  for (const line of ['first\n', 'second\n']) yield { stream: 'stdout', data: Buffer.from(line) };
}

/** Asks for the log of a container that wrote two lines. */
const ask = async (query: string) => {
  const asked: LogOptions[] = [];
  const store = new Store();
  store.claim(podStatusType, 'test').put('default/web-n', { pod: aPod() });
  store.claim(containerType, 'test').put('c1', aRun({ id: 'c1' }));
  const runtime = {
    logs: async (_id: string, options: LogOptions) => {
      asked.push(options);
      return written();
    },
  };
  const app = newApp(silent);
  const clock = new FakeClock();
  serveLogs(app, { pods: podCollection(store), store, runtime, clock });
  const { statusCode, body } = await app.inject(`/api/v1/namespaces/default/pods/web-n/log?${query}`);
  return { statusCode, body, asked: asked[0], now: clock.now() };
};

test('a log begins at sinceTime, or so many seconds ago', async (t) => {
  const { asked } = await ask(`sinceTime=${encodeURIComponent('2026-01-02T03:04:05.5+01:00')}`);
  t.equal(asked?.since, Date.UTC(2026, 0, 2, 2, 4, 5, 500));
  const ago = await ask('sinceSeconds=3');
  t.equal(ago.asked?.since, Math.max(0, ago.now - 3_000));
  t.equal((await ask('sinceSeconds=999999999999')).asked?.since, 0, 'before all time is all');
});

test('a log ends after limitBytes, wherever that is', async (t) => {
  t.equal((await ask('limitBytes=8')).body, 'first\nse');
  t.equal((await ask('limitBytes=6')).body, 'first\n');
  t.equal((await ask('limitBytes=100')).body, 'first\nsecond\n');
});

for (const query of [
  'sinceSeconds=0',
  'limitBytes=0',
  'limitBytes=-1',
  'tailLines=-1',
  'sinceTime=yesterday',
  'sinceTime=2026-13-01T00:00:00Z',
  'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
  'stream=Stdout',
]) {
  test(`${query} is refused, as by Kubernetes`, async (t) => {
    t.equal((await ask(query)).statusCode, 400);
  });
}
