import { join } from 'node:path';
import { type Test, test } from 'tap';
import { Ledger } from '../../../daemon/host/ledger.ts';
import type { Change, HostSetting } from '../../../daemon/network/host-setting.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';
import {
  NETWORK,
  networkEventType,
  networkMonitorType,
  networkSpecType,
  settingStateType,
} from '../../../daemon/network/resources.ts';
import { settingController } from '../../../daemon/network/setting-controller.ts';
import { Engine } from '../../../daemon/reconcile/engine.ts';
import type { EventInput } from '../../../daemon/reconcile/events.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aChange, aNetworkSpec, aSetting } from '../../support/network-builders.ts';

/** A host with one setting, `bridge`, from which others take away what is put into `drift`. */
const aHost = (t: Test, traits: Partial<HostSetting> = {}) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  let drift: readonly Change[] = [];
  let looks = 0;
  const made: Change[] = [];
  const setting = aSetting(
    'bridge',
    () => {
      looks += 1;
      return drift;
    },
    (change) => {
      made.push(change);
      drift = [];
    },
  );
  const reported: string[] = [];
  const messages: string[] = [];
  const events = {
    report: ({ reason, message }: Pick<EventInput, 'reason' | 'message'>) => {
      reported.push(reason);
      messages.push(message);
    },
  };
  const ledger = new Ledger(join(t.testdir({}), 'ledger.json'));
  const settings = [{ ...setting, ...traits }];
  engine.add(settingController({ settings, ledger, clock, pollSeconds: 10, nodeName: 'n', events }));
  store.claim(networkSpecType, 'test').put(NETWORK, aNetworkSpec());
  const happened = store.claim(networkEventType, 'test');
  const monitors = store.claim(networkMonitorType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  let count = 0;
  return {
    clock,
    monitors,
    made,
    reported,
    messages,
    looks: () => looks,
    state: () => store.get(settingStateType, 'bridge'),
    /** Others change something, and nothing tells of it. */
    drift: (...changes: Change[]) => {
      drift = changes;
    },
    /** The kernel tells of a change of another. */
    tell: async (by: string) => {
      count += 1;
      happened.put('links', { count, by });
      await clock.settle();
      await clock.settle();
    },
    /** Others change something, and the kernel tells of it. */
    disturb: async (...changes: Change[]) => {
      drift = changes;
      count += 1;
      happened.put('links', { count });
      await clock.settle();
      await clock.settle();
    },
  };
};

test('what somebody keeps undoing is put right at a slowing pace, and told as a fight', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  for (let n = 0; n < 3; n += 1) await host.disturb(aChange());
  t.equal(host.made.length, 3);
  await host.disturb(aChange());
  t.equal(host.made.length, 3);
  t.equal(host.state()?.state, 'fought');
  await host.clock.advance(1000);
  t.equal(host.made.length, 4);
  t.equal(host.reported.filter((reason) => reason === 'NetworkSettingFought').length, 1);
});

test('what comes with every container is done at once, however often, and is neither a repair nor worth a word', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  for (let n = 0; n < 20; n += 1) await host.disturb(aChange({ isRoutine: true }));
  t.equal(host.made.length, 20);
  t.match(host.state(), { state: 'settled', repairs: 0 });
  t.same(host.reported, []);
});

test('while its monitor does not listen a setting is polled', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  const before = host.looks();
  await host.clock.advance(60_000);
  t.equal(host.looks(), before);
  host.monitors.put('links', { isListening: false, message: 'there is no ip' });
  await host.clock.settle();
  const deaf = host.looks();
  await host.clock.advance(60_000);
  t.equal(host.looks(), deaf + 6);
});

test('a setting waits for those before it that there are, and for no others', async (t) => {
  const host = aHost(t, { after: ['docker'] });
  await host.clock.settle();
  t.equal(host.state()?.state, 'settled');
});

test('advice is told once, however often it is found and whatever else is held', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  for (let n = 0; n < 5; n += 1)
    await host.disturb(aChange({ advice: 'remove it' }), aChange({ held: 'restart is never' }));
  t.same(host.reported, ['NetworkAdvice']);
  t.match(host.state(), { state: 'held', message: 'restart is never', advice: 'remove it' });
});

test('of advice only what is new is told, and all of it stays with the setting', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  await host.disturb(aChange({ advice: 'web loses its ports' }));
  await host.disturb(aChange({ advice: 'web loses its ports' }), aChange({ advice: 'db loses its ports' }));
  t.same(host.messages, ['web loses its ports', 'db loses its ports']);
  t.match(host.state(), { advice: 'web loses its ports; db loses its ports' });
  await host.disturb(aChange({ advice: 'db loses its ports' }));
  await host.disturb(aChange({ advice: 'web loses its ports' }), aChange({ advice: 'db loses its ports' }));
  t.equal(host.messages.at(-1), 'web loses its ports', 'once it was over it is new');
  t.equal(host.messages.length, 3);
});

test('of much advice at once five are told, and how many more there are', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  await host.disturb(...'abcdefg'.split('').map((advice) => aChange({ advice })));
  t.same(host.messages, ['a; b; c; d; e and 2 more']);
  t.match(host.state(), { advice: 'a; b; c; d; e and 2 more' });
});

test('advice is told before what it comes with is made', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  await host.disturb(aChange({ advice: 'its ports end' }), aChange());
  t.same(host.reported, ['NetworkAdvice', 'NetworkDriftRepaired']);
});

test('what the kernel told of is put right with the name of who did it', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  host.drift(aChange());
  await host.tell('nft (pid 812)');
  t.same(host.messages, ['link cbr0 (by nft (pid 812))']);
});

test('what is found without an event is nobody known, whoever changed something before', async (t) => {
  const host = aHost(t);
  await host.clock.settle();
  await host.tell('nft (pid 812)');
  host.drift(aChange());
  await host.clock.advance(5 * 60_000);
  t.same(host.messages, ['link cbr0']);
});

test('of a setting that also changes without an event nobody is named', async (t) => {
  const host = aHost(t, { polled: true });
  await host.clock.settle();
  host.drift(aChange());
  await host.tell('nft (pid 812)');
  t.same(host.messages, ['link cbr0']);
});

test('what is held keeps it from being settled, but where pods do not need it', async (t) => {
  const host = aHost(t);
  await host.disturb(aChange({ held: 'the bridge is not to be touched' }));
  t.match(host.state(), { state: 'held', settledFor: undefined });
  await host.disturb(aChange({ held: 'log-opts', podsNeed: false }));
  t.match(host.state(), { state: 'held', message: 'log-opts', settledFor: aNetworkSpec() });
});

/** Docker on a bridge, both to be changed whenever `drift` names them; a change of one that is `stuck` ends when it is let go. */
const aStack = async (t: Test) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const drift = new Set<string>();
  const stuck = new Map<string, PromiseWithResolvers<void>>();
  const log: string[] = [];
  const settingOf = (name: string, after: readonly string[]): HostSetting => ({
    ...aSetting(
      name,
      () => (drift.has(name) ? [aChange({ object: name })] : []),
      async () => {
        log.push(`${name} begun`);
        await stuck.get(name)?.promise;
        drift.delete(name);
        log.push(`${name} made`);
      },
    ),
    after,
    wokenBy: [name === 'bridge' ? 'links' : 'docker'],
  });
  const settings = [settingOf('bridge', []), settingOf('docker', ['bridge'])];
  const ledger = new Ledger(join(t.testdir({}), 'ledger.json'));
  const events = { report: () => undefined };
  engine.add(settingController({ settings, ledger, clock, pollSeconds: 10, nodeName: 'n', events }));
  const specs = store.claim(networkSpecType, 'test');
  specs.put(NETWORK, aNetworkSpec());
  const happened = store.claim(networkEventType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  let count = 0;
  const settle = async () => {
    for (let n = 0; n < 5; n += 1) await clock.settle();
  };
  await settle();
  return {
    log,
    specs,
    settle,
    /** Somebody changes it; putting it right takes until it is let go. */
    change: async (name: 'bridge' | 'docker', isStuck = false) => {
      drift.add(name);
      if (isStuck) stuck.set(name, Promise.withResolvers());
      count += 1;
      happened.put(name === 'bridge' ? 'links' : 'docker', { count });
      await settle();
    },
    drift: (name: 'bridge' | 'docker') => drift.add(name),
    letGo: async (name: 'bridge' | 'docker') => {
      stuck.get(name)?.resolve();
      await settle();
    },
  };
};

test('what drifts beneath Docker is put right while Docker is being restarted', async (t) => {
  const { log, change, letGo } = await aStack(t);
  await change('docker', true);
  await change('bridge');
  t.same(log, ['docker begun', 'bridge begun', 'bridge made']);
  await letGo('docker');
  t.same(log.at(-1), 'docker made');
});

test('Docker is not touched while the bridge beneath it is being changed', async (t) => {
  const { log, change, letGo } = await aStack(t);
  await change('bridge', true);
  await change('docker');
  t.same(log, ['bridge begun']);
  await letGo('bridge');
  t.same(log, ['bridge begun', 'bridge made', 'docker begun', 'docker made']);
});

test('a new specification waits until the work for the one before is done', async (t) => {
  const { log, specs, change, drift, settle, letGo } = await aStack(t);
  await change('docker', true);
  drift('bridge');
  specs.put(NETWORK, aNetworkSpec({ ranges: [rangeOf('10.22.4.0/24')] }));
  await settle();
  t.same(log, ['docker begun']);
  await letGo('docker');
  t.same(log, ['docker begun', 'docker made', 'bridge begun', 'bridge made']);
});
