import { test } from 'tap';
import { hostPortsController } from '../../../../daemon/pods/network/host-ports-controller.ts';
import { label } from '../../../../daemon/pods/plan/labels.ts';
import { containerType, runtimeStateType } from '../../../../daemon/pods/resources.ts';
import { Engine } from '../../../../daemon/reconcile/engine.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { hostPortsType } from '../../../../daemon/shared-resources.ts';
import { aRuntime } from '../../../support/builders.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { aSandbox } from '../../../support/pod-builders.ts';

const ports = [{ hostIP: '', hostPort: 53, containerPort: 5353, protocol: 'udp' }];
const labels = (hostPorts: string) => ({ [label.podNetwork]: JSON.stringify({ hostPorts, ports }) });

const aNode = async (t: { teardown(end: () => Promise<void>): void }) => {
  const clock = new FakeClock();
  const store = new Store();
  const engine = new Engine({ store, clock, random: () => 0.5, onFailure: () => undefined });
  engine.add(hostPortsController({ nodeName: 'n' }));
  engine.start();
  t.teardown(() => engine.stop());
  const containers = store.claim(containerType, 'test');
  const runtime = store.claim(runtimeStateType, 'test');
  const listed = (isListed: boolean) => runtime.put('docker', aRuntime({ listed: isListed }));
  const settle = async () => {
    await clock.settle();
    return store.get(hostPortsType, 'n');
  };
  return { containers, listed, settle };
};

test('before the runtime was listed nothing is told of host ports, so that none is taken away', async (t) => {
  const { containers, listed, settle } = await aNode(t);
  listed(false);
  t.equal(await settle(), undefined);
  const sandbox = aSandbox({ ips: ['10.1.0.2'], labels: labels('rules') });
  containers.put(sandbox.id, sandbox);
  t.equal(await settle(), undefined);
  listed(true);
  t.match(await settle(), [
    { pod: 'default/web-n', uid: 'uid-1', hostPort: 53, protocol: 'UDP', podIPs: ['10.1.0.2'], containerPort: 5353 },
  ]);
});

test('host ports are those of the newest sandbox of each pod that runs, where rules are to make them', async (t) => {
  const { containers, listed, settle } = await aNode(t);
  const all = [
    aSandbox({ ips: ['10.1.0.2'], labels: labels('rules') }, 'a'),
    aSandbox({ ips: ['10.1.0.3'], labels: labels('rules'), attempt: 1 }, 'a'),
    aSandbox({ ips: ['10.1.0.4'], labels: labels('runtime') }, 'b'),
    aSandbox({ ips: ['10.1.0.5'], labels: labels('rules'), state: 'exited' }, 'c'),
    aSandbox({}, 'd'),
  ];
  for (const sandbox of all) containers.put(sandbox.id, sandbox);
  listed(true);
  t.match(await settle(), [{ uid: 'a', podIPs: ['10.1.0.3'] }]);
  t.equal((await settle())?.length, 1);
});
