import fc from 'fast-check';
import { test } from 'tap';
import { batchOf, planBridge } from '../../../../daemon/network/bridge/plan-bridge.ts';
import { planRemoval } from '../../../../daemon/network/bridge/plan-removal.ts';
import { type BridgeTarget, targetOf } from '../../../../daemon/network/bridge/target.ts';
import { isLeft } from '../../../../daemon/network/host-setting.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import { BridgeModel, type ModelState } from '../../../support/bridge-model.ts';
import { aLink, aVeth } from '../../../support/host-network.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';

const NOTHING: ModelState = { attributes: undefined, addresses: [], ports: [], orphans: [] };
const AS_CONFIGURED = targetOf(aNetworkSpec());

/** Those of one network of IPv4, of others, and of IPv6 with other prefixes, so that all that can collide does. */
const GATEWAYS = ['10.22.3.1/24', '10.22.4.1/24', '10.22.3.1/25', 'fd00:22:3::1/64', 'fd00:22:3::1/80', 'fd00:9::1/64'];
const STRANGERS = ['10.22.3.5/24', '10.9.9.1/24', '10.9.9.2/24', 'fd00:22:3::5/64'];

const target: fc.Arbitrary<BridgeTarget> = fc
  .record({ v4: fc.constantFrom(...GATEWAYS.slice(0, 3)), v6: fc.option(fc.constantFrom(...GATEWAYS.slice(3))) })
  .map(({ v4, v6 }) => ({
    ...targetOf(aNetworkSpec({ ranges: [v4, v6].flatMap((cidr) => (cidr === null ? [] : [rangeOf(cidr)])) })),
    addresses: [v4, v6].flatMap((cidr) => cidr ?? []),
  }));

const attributes = fc.record({
  address: fc.constantFrom('0a:58:00:00:00:01', '02:42:00:00:00:01'),
  mtu: fc.constantFrom('1500', '1499', '9000'),
  nf_call_iptables: fc.constantFrom('0', '1'),
  nf_call_ip6tables: fc.constantFrom('0', '1'),
  accept_ra: fc.constantFrom('0', '1', '2'),
  promisc: fc.constantFrom('on', 'off'),
  state: fc.constantFrom('up', 'down'),
});

/** The kernel has an address of IPv6 once, and none on an interface that is down. */
const possible = (addresses: readonly string[], isUp: boolean): readonly string[] => {
  const hosts = addresses.map((address) => address.split('/')[0]);
  return addresses.filter((a, at) => !a.includes(':') || (isUp && hosts.indexOf(a.split('/')[0]) === at));
};

const veths = fc
  .uniqueArray(fc.record({ number: fc.nat({ max: 9 }), fate: fc.constantFrom('bent', 'flat', 'loose') }), {
    selector: ({ number }) => number,
    maxLength: 3,
  })
  .map((list) => ({
    ports: list
      .filter(({ fate }) => fate !== 'loose')
      .map(({ number, fate }) => aVeth(`veth${number}`, { master: 'cbr0', hairpin: fate === 'bent' })),
    orphans: list.filter(({ fate }) => fate === 'loose').map(({ number }) => aVeth(`veth${number}`)),
  }));

const bridge: fc.Arbitrary<ModelState> = fc
  .record({
    attributes,
    addresses: fc.uniqueArray(fc.constantFrom(...GATEWAYS, ...STRANGERS), { maxLength: 4 }),
    veths,
  })
  .map(({ attributes: a, addresses, veths: { ports, orphans } }) => ({
    attributes: a,
    addresses: possible(addresses, a.state === 'up'),
    ports,
    orphans,
  }));
const host: fc.Arbitrary<ModelState> = fc.oneof(
  fc.constant(NOTHING),
  veths.map(({ orphans }) => ({ ...NOTHING, orphans })),
  bridge,
);

const settle = (model: BridgeModel, wanted: BridgeTarget, cut?: number): void =>
  model.carryOut(planBridge(wanted, model.observed, model.originals), cut);

const isSettled = (model: BridgeModel, wanted: BridgeTarget): boolean =>
  planBridge(wanted, model.observed, model.originals).every(isLeft);

test('whatever is there becomes as configured in one go, and is left alone then', (t) => {
  fc.assert(
    fc.property(host, fc.array(target, { minLength: 1, maxLength: 3 }), (before, targets) => {
      const model = new BridgeModel(before);
      for (const wanted of targets) {
        settle(model, wanted);
        t.same(model.state.attributes, wanted.attributes);
        t.ok(wanted.addresses.every((address) => model.state.addresses.includes(address)));
        t.ok(model.state.ports.every(({ hairpin }) => hairpin === true));
        t.same(model.state.orphans, []);
        if (!isSettled(model, wanted)) throw new Error('it is not left alone');
      }
    }),
  );
  t.end();
});

test("Docker finds the bridge's own address as its first of IPv4", (t) => {
  fc.assert(
    fc.property(host, fc.array(target, { minLength: 1, maxLength: 3 }), (before, targets) => {
      const model = new BridgeModel(before);
      for (const wanted of targets) {
        settle(model, wanted);
        t.equal(
          model.state.addresses.find((a) => !a.includes(':')),
          wanted.addresses[0],
        );
      }
    }),
  );
  t.end();
});

test('a bridge that had an address keeps one while it is renumbered, unless the old stands in the way of the new', (t) => {
  const apart = fc.constantFrom('10.1.1.1/24', '10.1.2.1/24', '10.1.2.1/25');
  fc.assert(
    fc.property(fc.array(apart, { minLength: 2, maxLength: 5 }), (addresses) => {
      const model = new BridgeModel(NOTHING);
      const [first = '', ...rest] = addresses;
      settle(model, { ...AS_CONFIGURED, addresses: [first] });
      const from = model.history.length;
      for (const address of rest) settle(model, { ...AS_CONFIGURED, addresses: [address] });
      t.ok(model.history.slice(from).every((seen) => seen.length > 0));
      t.same(model.state.addresses, [rest.at(-1)]);
    }),
  );
  t.end();
});

test('a bridge that was there gets back what it was, whatever was configured and wherever bootlet was cut', (t) => {
  const sortedAddresses = ({ addresses }: ModelState) => addresses.toSorted();
  const cuts = fc.nat({ max: 12 });
  fc.assert(
    fc.property(bridge, fc.array(fc.tuple(target, cuts), { maxLength: 4 }), cuts, (before, runs, cutAtLast) => {
      const model = new BridgeModel(before);
      for (const [wanted, cut] of runs) {
        settle(model, wanted, cut);
        settle(model, wanted);
      }
      const remove = (cut?: number) => model.carryOut(planRemoval('cbr0', model.observed, model.originals), cut);
      remove(cutAtLast);
      remove();
      t.same(model.state.attributes, before.attributes);
      t.same(sortedAddresses(model.state), sortedAddresses(before));
      t.same(model.originals, {});
    }),
  );
  t.end();
});

test('a bridge that bootlet made goes with all that the ledger has of it, also when that is cut', (t) => {
  fc.assert(
    fc.property(target, target, fc.nat({ max: 12 }), fc.nat({ max: 4 }), (first, second, cut, cutAgain) => {
      const model = new BridgeModel(NOTHING);
      settle(model, first, cut);
      settle(model, second);
      const remove = (at?: number) => model.carryOut(planRemoval('cbr0', model.observed, model.originals), at);
      remove(cutAgain);
      remove();
      t.same(model.state, NOTHING);
      t.same(model.originals, {});
    }),
  );
  t.end();
});

test('a bridge that bootlet made stays while something uses it', (t) => {
  const model = new BridgeModel(NOTHING);
  settle(model, AS_CONFIGURED);
  model.disturb({ ports: [aVeth('veth1', { master: 'cbr0' })] });
  const [change, ...more] = planRemoval('cbr0', model.observed, model.originals);
  t.match(change?.held, 'veth1 on cbr0');
  t.same(more, []);
  t.end();
});

test('an address that a stranger added later stays, and is told of', (t) => {
  const model = new BridgeModel(NOTHING);
  settle(model, AS_CONFIGURED);
  model.disturb({ addresses: ['10.22.3.1/24', '10.9.9.1/24'] });
  const changes = planBridge(AS_CONFIGURED, model.observed, model.originals);
  t.match(changes, [{ object: 'address 10.9.9.1/24 on cbr0', advice: /10\.9\.9\.1\/24 on cbr0 is not bootlet's/ }]);
  t.ok(changes.every(isLeft));
  t.end();
});

test('an address that Docker put in the place of the own goes', (t) => {
  const model = new BridgeModel(NOTHING);
  settle(model, AS_CONFIGURED);
  settle(model, { ...AS_CONFIGURED, addresses: ['10.22.4.1/24'] });
  model.disturb({ addresses: ['10.22.3.1/24'] });
  settle(model, { ...AS_CONFIGURED, addresses: ['10.22.4.1/24'] });
  t.same(model.state.addresses, ['10.22.4.1/24']);
  t.end();
});

test('an address that containers have as their gateway stays until Docker is on the new one', (t) => {
  const renumbered = { ...AS_CONFIGURED, addresses: ['10.22.4.1/24'] };
  const model = new BridgeModel(NOTHING);
  settle(model, AS_CONFIGURED);
  model.dockerHas(['10.22.3.1/24']);
  settle(model, renumbered);
  t.same(model.state.addresses, ['10.22.3.1/24', '10.22.4.1/24']);
  t.same(planBridge(renumbered, model.observed, model.originals), []);
  model.dockerHas(['10.22.4.1/24']);
  settle(model, renumbered);
  t.same(model.state.addresses, ['10.22.4.1/24']);
  t.end();
});

test('an earlier address of its own is no original of a bridge that was there, though Docker put it back', (t) => {
  const before: ModelState = {
    ...NOTHING,
    attributes: { ...AS_CONFIGURED.attributes, mtu: '1400' },
    addresses: ['10.9.9.1/24'],
  };
  const renumbered = { ...AS_CONFIGURED, addresses: ['10.22.4.1/24'] };
  const model = new BridgeModel(before);
  settle(model, AS_CONFIGURED);
  settle(model, renumbered);
  model.disturb({ addresses: ['10.22.3.1/24', '10.22.4.1/24'] });
  settle(model, renumbered);
  model.carryOut(planRemoval('cbr0', model.observed, model.originals));
  t.same(model.state, before);
  t.same(model.originals, {});
  t.end();
});

test('hairpin is for what containers have on the bridge, and comes with every container', (t) => {
  const ports = [
    aVeth('veth1', { master: 'cbr0', hairpin: false }),
    aLink('eth1', [], { master: 'cbr0', hairpin: false }),
  ];
  const model = new BridgeModel({
    ...NOTHING,
    attributes: AS_CONFIGURED.attributes,
    addresses: ['10.22.3.1/24'],
    ports,
  });
  const changes = planBridge(AS_CONFIGURED, model.observed, {});
  t.match(changes, [{ object: 'ports of cbr0', after: 'veth1 hairpin on', isRoutine: true }]);
  t.same(planBridge({ ...AS_CONFIGURED, hairpin: false }, model.observed, {}), []);
  t.end();
});

test('what is made at boot is what the daemon makes', (t) => {
  const spec = aNetworkSpec({ ranges: [rangeOf('10.22.3.0/24'), rangeOf('fd00:22:3::/64')] });
  t.same(batchOf(targetOf(spec)), [
    'link add name cbr0 address 0a:58:00:00:00:01 mtu 1499 type bridge',
    'link set cbr0 address 0a:58:00:00:00:01',
    'link set cbr0 mtu 1500',
    'link set cbr0 type bridge nf_call_iptables 1',
    'link set cbr0 type bridge nf_call_ip6tables 1',
    'link set cbr0 promisc off',
    'link set cbr0 up',
    'address replace 10.22.3.1/24 dev cbr0',
    'address replace fd00:22:3::1/64 dev cbr0 nodad',
  ]);
  t.end();
});

test("of Docker's own bridge only what Docker does not set is kept, once it is there", (t) => {
  const spec = aNetworkSpec();
  const dockers = targetOf({ ...spec, bridge: { ...spec.bridge, name: 'cbr0' } }, true);
  const model = new BridgeModel(NOTHING);
  t.same(planBridge(dockers, model.observed, {}), []);
  const before = { ...AS_CONFIGURED.attributes, address: '02:42:00:00:00:01', nf_call_iptables: '0' };
  model.disturb({ attributes: before, addresses: ['172.17.0.1/16'] });
  settle(model, dockers);
  t.same(model.state.attributes, { ...before, nf_call_iptables: '1' });
  t.same(model.state.addresses, ['172.17.0.1/16']);
  model.carryOut(planRemoval('cbr0', model.observed, model.originals));
  t.same(model.state.attributes, before);
  t.end();
});
