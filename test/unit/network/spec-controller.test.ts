import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../../daemon/config/schema.ts';
import { BootletError } from '../../../daemon/errors.ts';
import { Ledger } from '../../../daemon/host/ledger.ts';
import { StateFile } from '../../../daemon/host/state-file.ts';
import type { HostSetting } from '../../../daemon/network/host-setting.ts';
import {
  NETWORK,
  networkEventType,
  networkSpecType,
  specTroubleId,
  unmanagedType,
} from '../../../daemon/network/resources.ts';
import { specController } from '../../../daemon/network/spec-controller.ts';
import { Engine, troubleType } from '../../../daemon/reconcile/engine.ts';
import { Store } from '../../../daemon/reconcile/store.ts';
import { nodePodCIDRsType } from '../../../daemon/shared-resources.ts';
import { until } from '../../lab/until.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { aSetting } from '../../support/network-builders.ts';
import { stateFolder } from '../../support/state-folder.ts';

type Network = typeof schema.fallback.network;

interface Options {
  readonly config?: Partial<Network>;
  readonly settings?: readonly HostSetting[];
  readonly state?: string;
  readonly hasCluster?: boolean;
}

/** A controller on a host with one network card, in 192.168.1.0/24. */
const start = async (
  t: Test,
  { config = {}, settings = [], state = stateFolder(t), hasCluster = true }: Options = {},
) => {
  const store = new Store();
  const clock = new FakeClock();
  const engine = new Engine({ store, clock, random: () => 0, onFailure: () => undefined });
  const ledger = new Ledger(join(state, 'ledger.json'));
  await ledger.load();
  const uplink = { address: '192.168.1.5', mtu: 1500 };
  let looks = 0;
  const links = () => [
    {
      ifname: 'eth0',
      mtu: uplink.mtu,
      flags: ['UP'],
      addr_info: [{ family: 'inet', local: uplink.address, prefixlen: 24, scope: 'global' }],
    },
  ];
  const routes = [{ dst: 'default', gateway: '192.168.1.1', dev: 'eth0', table: 'main' }];
  engine.add(
    specController({
      config: { ...schema.fallback.network, ...config },
      nodeName: 'n1',
      hasCluster,
      run: async () => {
        looks += 1;
        return { exitCode: 0, stdout: `${JSON.stringify(links())}\n${JSON.stringify(routes)}\n`, stderr: '' };
      },
      clock,
      settings,
      ledger,
      memory: new StateFile({
        path: join(state, 'pod-cidrs.json'),
        parse: (json) => (Array.isArray(json) ? json.map(String) : undefined),
        withoutIt: '',
      }),
    }),
  );
  const nodes = store.claim(nodePodCIDRsType, 'test');
  const events = store.claim(networkEventType, 'test');
  let count = 0;
  const changed = (): void => events.put('links', { count: ++count });
  engine.start();
  t.teardown(() => engine.stop());
  const spec = () => store.get(networkSpecType, NETWORK);
  const trouble = () => store.get(troubleType, specTroubleId);
  const seen = <T>(what: string, probe: () => T | undefined | false): Promise<T> => until(probe, { what });
  return { store, ledger, uplink, nodes, changed, spec, trouble, seen, looks: () => looks };
};

const podCIDRs = ['10.22.3.0/24'];

test('a change of the uplink is followed, and a look takes one process', async (t) => {
  const { uplink, changed, spec, seen, looks } = await start(t, { config: { podCIDRs } });
  changed();
  await seen('a specification', () => spec()?.bridge.mtu === 1500);
  t.equal(looks(), 1);
  uplink.mtu = 1400;
  changed();
  await seen('the new MTU', () => spec()?.bridge.mtu === 1400);
});

test('a specification that the host does not allow any more is refused, and the one before stays', async (t) => {
  const { uplink, changed, spec, trouble, seen } = await start(t, { config: { podCIDRs } });
  changed();
  await seen('a specification', () => spec() !== undefined);
  uplink.address = '10.22.3.7';
  changed();
  t.match(await seen('a refusal', () => trouble()?.kind === 'failing' && trouble()), {
    code: 'E_NETWORK_REFUSED',
    message: /holds 10\.22\.3\.7, an address of eth0/,
  });
  t.match(spec(), { ranges: [{ cidr: '10.22.3.0/24' }] });
  uplink.address = '192.168.1.5';
  changed();
  await seen('it is over', () => trouble() === undefined);
});

test('the range of the Node is waited for, and remembered while the apiserver is away', async (t) => {
  const state = stateFolder(t);
  const first = await start(t, { state });
  first.changed();
  t.match(await first.seen('it waits', () => first.trouble()), { kind: 'waiting', message: /no spec\.podCIDRs yet/ });
  first.nodes.put('n1', ['10.1.2.0/24']);
  await first.seen('it is remembered', () => existsSync(join(state, 'pod-cidrs.json')));
  first.nodes.put('n1', []);
  const second = await start(t, { state });
  second.changed();
  await second.seen('the same', () => second.spec()?.ranges[0]?.cidr === '10.1.2.0/24');
});

test('what a host setting cannot carry out is no specification', async (t) => {
  const refusing = aSetting('bridge', () => {
    throw new BootletError('E_NETWORK_REFUSED', 'not on this host', { retryable: false });
  });
  const { changed, spec, trouble, seen } = await start(t, { config: { podCIDRs }, settings: [refusing] });
  changed();
  t.match(await seen('a refusal', () => trouble()), { kind: 'failing', message: 'not on this host' });
  t.equal(spec(), undefined);
});

test('a setting that fails keeps no other from being made, for Docker may not start without its bridge', async (t) => {
  const errors = [new BootletError('E_TIMEOUT', 'Docker does not answer'), new Error('ENOSPC')];
  const settings = errors.map((error) =>
    aSetting('docker', () => {
      throw error;
    }),
  );
  const { changed, spec, trouble, seen } = await start(t, { config: { podCIDRs }, settings });
  changed();
  await seen('a specification', () => spec() !== undefined);
  t.equal(trouble(), undefined);
});

test('a range of the Node that the host does not allow is not remembered', async (t) => {
  const state = stateFolder(t);
  const first = await start(t, { state });
  first.nodes.put('n1', ['10.1.2.0/24']);
  await first.seen('a specification', () => first.spec() !== undefined);
  first.nodes.put('n1', ['192.168.1.0/24']);
  await first.seen('a refusal', () => first.trouble()?.kind === 'failing');
  const second = await start(t, { state });
  second.changed();
  await second.seen('the one before', () => second.spec()?.ranges[0]?.cidr === '10.1.2.0/24');
});

test('a host that still has the network of an earlier configuration is known to have it', async (t) => {
  const state = stateFolder(t);
  const before = new Ledger(join(state, 'ledger.json'));
  await before.enter('bridge', 'cbr0 link', null);
  const { changed, store, seen } = await start(t, { state, hasCluster: false });
  changed();
  t.ok((await seen('it is unmanaged', () => store.get(unmanagedType, NETWORK))).isAbandoned);
});
