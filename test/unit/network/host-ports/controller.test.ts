import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { Iptables } from '../../../../daemon/host/iptables/iptables.ts';
import { Ledger } from '../../../../daemon/host/ledger.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';
import { hostPortsController } from '../../../../daemon/network/host-ports/controller.ts';
import { NETWORK, networkSpecType } from '../../../../daemon/network/resources.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { hostPortStateType, hostPortsType } from '../../../../daemon/shared-resources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aChange, aHostPort, aNetworkSpec, aSetting } from '../../../support/network-builders.ts';

/** Of a host on which no process listens and no rule is; `rules.wanted`: whether its one setting finds something to do. */
const aNode = async (t: { testdir(): string; teardown(end: () => Promise<void>): void }) => {
  const clock = new FakeClock();
  const store = new Store();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0.5, onFailure: () => undefined });
  const run: RunTool = async (program, args) =>
    args.includes('--version')
      ? { exitCode: 0, stdout: `${program} v1.8.9 (nf_tables)`, stderr: '' }
      : { exitCode: args.includes('BOOTLET-HOSTPORTS') ? 1 : 0, stdout: '', stderr: '' };
  const rules = { wanted: true, made: 0, error: undefined as BootletError | undefined };
  const setting = aSetting(
    'host-ports',
    () => (rules.wanted ? [aChange({ object: 'iptables rules of host-ports' })] : []),
    () => {
      if (rules.error !== undefined) throw rules.error;
      rules.wanted = false;
      rules.made += 1;
    },
  );
  const dir = t.testdir();
  engine.add(
    hostPortsController({
      nodeName: 'n',
      settings: [setting],
      ledger: new Ledger(`${dir}/ledger.json`),
      iptables: new Iptables(run),
      run,
      proc: dir,
      clock,
      pollSeconds: 10,
      events,
    }),
  );
  const ports = store.claim(hostPortsType, 'test');
  const specs = store.claim(networkSpecType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  const stateOf = (uid: string) => store.get(hostPortStateType, uid);
  return { clock, store, events, rules, ports, specs, stateOf };
};

test('a pod is told once its ports lead to it, and nothing is kept of it when it is gone', async (t) => {
  const { clock, rules, ports, specs, stateOf } = await aNode(t);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort()]);
  await clock.settle();
  t.same(stateOf('a'), { state: 'set', ports: [aHostPort()] });
  t.equal(rules.made, 1);
  ports.put('n', []);
  await clock.settle();
  t.equal(stateOf('a'), undefined);
});

test('nothing is done before it is known which ports there have to be, and for which network', async (t) => {
  const { clock, store, rules, ports, specs } = await aNode(t);
  specs.put(NETWORK, aNetworkSpec());
  await clock.settle();
  t.equal(rules.made, 0);
  specs.remove(NETWORK);
  ports.put('n', [aHostPort()]);
  await clock.settle();
  t.equal(rules.made, 0);
  t.match(store.list(troubleType), [{ value: { kind: 'waiting', message: 'the network to be specified' } }]);
});

test('a pod whose rules cannot be made says why, and has them once they can', async (t) => {
  const { clock, rules, ports, specs, stateOf } = await aNode(t);
  rules.error = new BootletError('E_HOST_COMMAND', 'iptables-restore: exit code 4');
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort()]);
  await clock.settle();
  t.match(stateOf('a'), { state: 'refused', reason: 'HostPortsFailed', message: /exit code 4/ });
  rules.error = undefined;
  await clock.advance(60_000);
  t.match(stateOf('a'), { state: 'set' });
});

test('a pod that has its ports keeps them when those of another cannot be made', async (t) => {
  const { clock, rules, ports, specs, stateOf } = await aNode(t);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort()]);
  await clock.settle();
  rules.wanted = true;
  rules.error = new BootletError('E_HOST_COMMAND', 'no');
  ports.put('n', [aHostPort(), aHostPort({ uid: 'b', pod: 'default/b', hostPort: 81 })]);
  await clock.settle();
  t.match(stateOf('a'), { state: 'set' });
  t.match(stateOf('b'), { state: 'refused' });
});

test('of two pods with one port the second is told of the first, and has it after that', async (t) => {
  const { clock, ports, specs, stateOf } = await aNode(t);
  const second = aHostPort({ uid: 'b', pod: 'default/b' });
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort(), second]);
  await clock.settle();
  t.match(stateOf('b'), { reason: 'HostPortConflict', message: 'hostPort 80/TCP is taken by the pod default/a' });
  ports.put('n', [second]);
  await clock.settle();
  t.match(stateOf('b'), { state: 'set' });
});

test('what somebody undoes is put back, at a slowing pace, and told', async (t) => {
  const { clock, events, rules, ports, specs } = await aNode(t);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort()]);
  await clock.settle();
  for (let poll = 0; poll < 30; poll++) {
    rules.wanted = true;
    await clock.advance(10_000);
  }
  t.ok(rules.made > 4 && rules.made < 15, `${rules.made} times in 300 s`);
  // One that comes again is counted up.
  const fights = events.list().filter(({ reason }) => reason === 'NetworkSettingFought');
  t.equal(
    fights.reduce((sum, { count }) => sum + count, 0),
    1,
  );
  t.ok(events.list().some(({ reason }) => reason === 'NetworkDriftRepaired'));
});
