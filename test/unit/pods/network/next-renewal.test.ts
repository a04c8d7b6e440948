import { test } from 'tap';
import { nextRenewal } from '../../../../daemon/pods/network/next-renewal.ts';
import type { SandboxRenewal } from '../../../../daemon/pods/resources.ts';
import type { ObservedContainer } from '../../../../daemon/runtime/runtime.ts';
import { aPodNetwork, aSandbox, aSpec, at } from '../../../support/pod-builders.ts';

const network = aPodNetwork({ podCIDRs: ['10.1.0.0/24'] });
const pods = ['a', 'b'].map((name) => ({ ...aSpec({ hostNetwork: false }, name), name }));
const stale = (uid: string) => aSandbox({ ips: ['10.0.0.2'] }, uid);
const renewed = (uid: string) => aSandbox({ ips: ['10.1.0.2'], attempt: 1 }, uid);

const next = (containers: readonly ObservedContainer[], before?: SandboxRenewal, now = at(0)) =>
  nextRenewal({ before, network, pods, containers, now });

const both = [stale('a'), stale('b')];
const turnOfA: SandboxRenewal = {
  current: { pod: 'default/a', sandboxId: stale('a').id, until: at(150) },
  overdue: [],
};

test('of several stale sandboxes one is renewed, and why is told', async (t) => {
  t.match(next(both), { renewal: turnOfA, begun: { pod: { name: 'a' }, why: /10\.0\.0\.2/ } });
});

test('it stays the turn of a pod until its new sandbox runs', async (t) => {
  const ended = { ...stale('a'), state: 'exited' as const };
  const starting = { ...renewed('a'), state: 'created' as const };
  for (const own of [[stale('a')], [ended], [ended, starting], []]) {
    t.same(next([...own, stale('b')], turnOfA), { renewal: turnOfA });
  }
  t.match(next([renewed('a'), stale('b')], turnOfA).renewal, { current: { pod: 'default/b' } });
});

test('a pod that takes too long does not keep the others waiting, and is not tried again', async (t) => {
  const late = next(both, turnOfA, at(150)).renewal;
  t.match(late, { current: { pod: 'default/b' }, overdue: [stale('a').id] });
  t.equal(next([stale('a'), renewed('b')], late, at(151)).renewal.current, undefined);
});

test('a pod that is no longer wanted gives up its turn', async (t) => {
  const { renewal } = nextRenewal({ before: turnOfA, network, pods: pods.slice(1), containers: both, now: at(1) });
  t.match(renewal, { current: { pod: 'default/b' }, overdue: [] });
});

test('where nothing is stale nobody has the turn', async (t) => {
  t.same(next([renewed('a'), renewed('b')]), { renewal: { overdue: [] } });
});
