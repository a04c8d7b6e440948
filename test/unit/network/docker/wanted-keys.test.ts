import { test } from 'tap';
import { type WantedInput, wantedKeys, wantedProxies } from '../../../../daemon/network/docker/wanted-keys.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { anEngineState } from './builders.ts';

const wanted = (more: Partial<WantedInput> = {}, engine: Partial<EngineState> = {}) =>
  Object.fromEntries(
    wantedKeys({
      spec: aNetworkSpec(),
      attachment: 'bridge',
      options: {},
      present: {},
      owned: new Set(),
      engine: anEngineState(engine),
      openFiles: 4096,
      hasSystemd: false,
      noProxy: [],
      ...more,
    }),
  );

test('Docker is put on the bridge, and every packet filter rule is left to bootlet', async (t) => {
  t.match(wanted(), {
    bridge: 'cbr0',
    bip: undefined,
    mtu: 1500,
    iptables: false,
    ip6tables: false,
    'ip-masq': false,
    'userland-proxy': false,
    'live-restore': true,
  });
});

test('with bip Docker keeps its own bridge, and `bridge` may not be there', async (t) => {
  t.match(wanted({ attachment: 'bip' }), { bridge: undefined, bip: '10.22.3.1/24' });
});

test('with two families Docker has both', async (t) => {
  const spec = aNetworkSpec({ ranges: [rangeOf('10.22.3.0/24'), rangeOf('fd00:22:3::/64')] });
  t.match(wanted({ spec }), { ipv6: true, 'fixed-cidr-v6': 'fd00:22:3::/64' });
});

test('live-restore is never wanted in a swarm', async (t) => {
  t.equal(wanted({ options: { 'live-restore': true } }, { isInSwarm: true })['live-restore'], undefined);
  t.equal(wanted({ options: { 'live-restore': false } })['live-restore'], false);
});

test('limits of logs and open files are set where nobody says anything', async (t) => {
  t.match(wanted(), {
    'log-opts': { 'max-size': '10m', 'max-file': '5' },
    'default-ulimits': { nofile: { Name: 'nofile', Hard: 4096, Soft: 4096 } },
  });
  const present = { 'log-opts': { 'max-size': '1g' }, 'default-ulimits': {} };
  t.notOk('log-opts' in wanted({ present }));
  t.notOk('default-ulimits' in wanted({ present }));
  t.notOk('log-opts' in wanted({ present: { 'log-driver': 'journald' } }), 'of another driver');
  t.notOk('default-ulimits' in wanted({ openFiles: undefined }), 'dockerd may have no more itself');
});

test('what was set where nobody said anything stays as it is', async (t) => {
  const present = { 'log-opts': { 'max-size': '1g' } };
  t.same(wanted({ present, owned: new Set(['log-opts']) })['log-opts'], { 'max-size': '1g' });
});

test('the cgroup driver is changed on a systemd host with cgroup v2 alone', async (t) => {
  const unfit = { cgroupVersion: '2', cgroupDriver: 'cgroupfs' };
  const present = { 'exec-opts': ['native.cgroupdriver=cgroupfs', 'a=b'] };
  t.same(wanted({ hasSystemd: true, present }, unfit)['exec-opts'], ['a=b', 'native.cgroupdriver=systemd']);
  t.notOk('exec-opts' in wanted({ hasSystemd: false }, unfit));
  t.notOk('exec-opts' in wanted({ hasSystemd: true }, { ...unfit, cgroupVersion: '1' }));
  const owned = new Set(['exec-opts']);
  const set = { 'exec-opts': ['native.cgroupdriver=systemd'] };
  t.same(wanted({ hasSystemd: true, present: set, owned }, { cgroupVersion: '2' })['exec-opts'], set['exec-opts']);
});

test("the user's options are laid over bootlet's own", async (t) => {
  t.match(wanted({ options: { 'log-opts': { 'max-size': '1m' }, debug: true } }), {
    'log-opts': { 'max-size': '1m' },
    debug: true,
  });
});

test('proxies are never asked for what is on this host', async (t) => {
  const options = { proxies: { 'http-proxy': 'http://p:3128', 'no-proxy': '.lan, 10.22.3.0/24' } };
  t.same(wantedProxies(options, ['127.0.0.0/8', '10.22.3.0/24']), {
    'http-proxy': 'http://p:3128',
    'no-proxy': '.lan,10.22.3.0/24,127.0.0.0/8',
  });
  t.notOk('proxies' in wanted({ options }, { version: '20.10.24+dfsg1' }), 'which Docker 20.10 would not start with');
  t.ok('proxies' in wanted({ options }, { version: '23.0.1' }));
});
