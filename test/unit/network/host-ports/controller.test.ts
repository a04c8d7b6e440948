import { type Test, test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import { Ledger } from '../../../../daemon/host/ledger.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';
import { hostPortsController } from '../../../../daemon/network/host-ports/controller.ts';
import { NETWORK, networkSpecType } from '../../../../daemon/network/resources.ts';
import { settingController } from '../../../../daemon/network/setting-controller.ts';
import { Engine, troubleType } from '../../../../daemon/reconcile/engine.ts';
import { EventRing } from '../../../../daemon/reconcile/events.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { type HostPort, hostPortStateType, hostPortsType } from '../../../../daemon/shared-resources.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aChange, aHostPort, aNetworkSpec, aSetting } from '../../../support/network-builders.ts';

/** Of a host on which no process listens; `rules`: whether its one setting finds something to do, and `made` by an earlier daemon. */
const aNode = (t: Test, made?: readonly HostPort[]) => {
  const clock = new FakeClock();
  const store = new Store();
  const events = new EventRing(clock);
  const engine = new Engine({ store, clock, random: () => 0.5, onFailure: () => undefined });
  const commands: string[] = [];
  const conntrack = { exitCode: 0 };
  const run: RunTool = async (program, args) => {
    commands.push([program, ...args].join(' '));
    return { exitCode: conntrack.exitCode, stdout: '', stderr: '' };
  };
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
  let remembered = made;
  const memory = {
    load: async () => remembered,
    save: async (ports: readonly HostPort[]) => {
      remembered = ports;
    },
  };
  const settings = [{ ...setting, needsHostPorts: true }];
  const common = { nodeName: 'n', clock, pollSeconds: 10, settings };
  engine.add(settingController({ ...common, ledger: new Ledger(`${dir}/ledger.json`), events }));
  engine.add(hostPortsController({ ...common, memory, run, proc: dir }));
  const ports = store.claim(hostPortsType, 'test');
  const specs = store.claim(networkSpecType, 'test');
  engine.start();
  t.teardown(() => engine.stop());
  const stateOf = (uid: string) => store.get(hostPortStateType, uid);
  return { clock, store, events, rules, commands, conntrack, memory, ports, specs, stateOf };
};

test('a pod is told once its ports lead to it, and nothing is kept of it when it is gone', async (t) => {
  const { clock, rules, ports, specs, stateOf } = aNode(t);
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
  const { clock, store, rules, ports, specs } = aNode(t);
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
  const { clock, rules, ports, specs, stateOf } = aNode(t);
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
  const { clock, rules, ports, specs, stateOf } = aNode(t);
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
  const { clock, ports, specs, stateOf } = aNode(t);
  const second = aHostPort({ uid: 'b', pod: 'default/b' });
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort(), second]);
  await clock.settle();
  t.match(stateOf('b'), { reason: 'HostPortConflict', message: 'hostPort 80/TCP is taken by the pod default/a' });
  ports.put('n', [second]);
  await clock.settle();
  t.match(stateOf('b'), { state: 'set' });
});

test('a pod that had its ports from an earlier daemon is the one that keeps them', async (t) => {
  const second = aHostPort({ uid: 'b', pod: 'default/b' });
  const { clock, ports, specs, stateOf } = aNode(t, [second]);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort(), second]);
  await clock.settle();
  t.match(stateOf('a'), { reason: 'HostPortConflict', message: 'hostPort 80/TCP is taken by the pod default/b' });
  t.match(stateOf('b'), { state: 'set' });
});

test('flows to the UDP ports of a pod that ended while no daemon ran are forgotten', async (t) => {
  const { clock, commands, memory, ports, specs } = aNode(t, [aHostPort({ protocol: 'UDP' })]);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', []);
  await clock.settle();
  t.match(commands, [/^conntrack --delete .* --orig-port-dst 80$/]);
  t.same(await memory.load(), []);
});

test('ports to which flows could not be forgotten are not taken for made by the next daemon', async (t) => {
  const { clock, conntrack, memory, ports, specs } = aNode(t);
  conntrack.exitCode = 2;
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort({ protocol: 'UDP' })]);
  await clock.settle();
  t.equal(await memory.load(), undefined);
  conntrack.exitCode = 0;
  await clock.advance(60_000);
  t.same(await memory.load(), [aHostPort({ protocol: 'UDP' })]);
});

test('rules that somebody takes away are put back as those of every setting, and the pod keeps its ports', async (t) => {
  const { clock, events, rules, ports, specs, stateOf } = aNode(t);
  specs.put(NETWORK, aNetworkSpec());
  ports.put('n', [aHostPort()]);
  await clock.settle();
  t.same(events.list(), [], 'what comes with a pod is not worth a word');
  rules.wanted = true;
  await clock.advance(5 * 60_000);
  t.equal(rules.made, 2);
  t.match(events.list(), [{ reason: 'NetworkDriftRepaired', message: 'iptables rules of host-ports' }]);
  t.match(stateOf('a'), { state: 'set' });
});
