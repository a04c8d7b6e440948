import { test } from 'tap';
import { BootletError } from '../../../../daemon/errors.ts';
import type { Cgroups } from '../../../../daemon/host/cgroups/cgroups.ts';
import { PodCgroups } from '../../../../daemon/pods/cgroup/pod-cgroups.ts';
import { podSpecType } from '../../../../daemon/pods/resources.ts';
import type { PodSpec } from '../../../../daemon/pods/v1.ts';
import { Store } from '../../../../daemon/reconcile/store.ts';
import { aContainer, aSpec } from '../../../support/pod-builders.ts';

const podAsking = (cpu: string): Partial<PodSpec> => ({
  containers: [aContainer('main', { resources: { requests: { cpu } } })],
});

/** Groups that are only written down, of a host that lets none be made where `refuses` is set. */
const aHost = ({ refuses = false, specs = [aSpec()] } = {}) => {
  const calls: string[] = [];
  const cgroups: Cgroups = {
    parent: (path) => path.join('/'),
    ensure: async (path, { cpuShares }) => {
      if (refuses) throw new BootletError('E_CGROUP', 'read-only');
      calls.push(`${path.join('/')} ${cpuShares ?? '-'}`);
      return [];
    },
    remove: async (path) => void calls.push(`-${path.join('/')}`),
  };
  const store = new Store();
  const writer = store.claim(podSpecType, 'test');
  for (const [i, spec] of specs.entries()) writer.put(`default/p${i}`, spec);
  return { calls, pods: new PodCgroups({ store, root: 'kubepods', cgroups: async () => cgroups }) };
};

test('a pod has a group in its class, and the class weighs what its pods ask for', async (t) => {
  const [first, second] = [aSpec(podAsking('1'), 'a'), aSpec(podAsking('500m'), 'b')];
  const { calls, pods } = aHost({ specs: [first, second] });
  t.same(await pods.ensure(first.pod), { parent: 'kubepods/burstable/poda', problems: [] });
  await pods.ensure(second.pod);
  t.same(calls, ['kubepods/burstable 1536', 'kubepods/burstable/poda 1024', 'kubepods/burstable/podb 512']);
});

test('the class of best effort weighs next to nothing', async (t) => {
  const { calls, pods } = aHost();
  await pods.ensure(aSpec().pod);
  t.same(calls, ['kubepods/besteffort 2', 'kubepods/besteffort/poduid-1 -']);
});

test('a pod runs without a group where none can be made, and says so', async (t) => {
  t.same(await aHost({ refuses: true }).pods.ensure(aSpec().pod), { problems: ['read-only'] });
});

test('a group is removed whichever class it was of', async (t) => {
  const { calls, pods } = aHost();
  await pods.release('a');
  t.same(calls, ['-kubepods/poda', '-kubepods/burstable/poda', '-kubepods/besteffort/poda']);
});
