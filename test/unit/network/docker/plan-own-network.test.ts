import { test } from 'tap';
import type { Json } from '../../../../daemon/host/json-value.ts';
import { expectedNetwork } from '../../../../daemon/network/docker/expected-network.ts';
import { planDocker } from '../../../../daemon/network/docker/plan.ts';
import type { DockerChange, PlanInput } from '../../../../daemon/network/docker/steps.ts';
import { NETWORK_ENTRY, wantedTarget } from '../../../../daemon/network/docker/target.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

const PATH = '/etc/docker/daemon.json';
const WANTED = { bridge: undefined, iptables: false, 'live-restore': true };
const own = aBridgeNetwork({ id: 'n1', name: 'bootlet', isOwn: true });
const renumbered = aBridgeNetwork({ ...own, subnets: [{ subnet: '10.22.9.0/24', gateway: '10.22.9.1' }] });

interface Given {
  readonly keys?: Readonly<Record<string, Json>>;
  readonly loaded?: Readonly<Record<string, Json>>;
  readonly engine?: Partial<EngineState>;
  readonly followsMtu?: boolean;
}

const plan = (given: Given, more: Partial<PlanInput> = {}): readonly DockerChange[] => {
  const { keys = { iptables: false, 'live-restore': true }, loaded = keys, engine = {}, followsMtu = false } = given;
  const text = JSON.stringify(keys);
  const file = { text, keys, changedAt: 0, hasFolder: true, isWritable: true };
  return planDocker({
    path: PATH,
    target: wantedTarget(PATH, file, new Map(Object.entries(WANTED)), {}),
    bridgeFlag: undefined,
    expect: expectedNetwork(aNetworkSpec(), { name: 'bootlet', followsMtu }),
    isEntered: false,
    loopback: [],
    original: { text, hadFolder: true },
    file,
    engine: anEngineState({
      bridge: aBridgeNetwork({ bridgeName: 'docker0' }),
      running: 2,
      liveRestore: true,
      ...engine,
    }),
    process: { pid: 812, id: '812-1', startedAt: 0, args: [] },
    loaded,
    memory: {},
    restartFor: [],
    service: { command: ['systemctl', 'restart', 'docker.service'], unit: 'docker.service' },
    ...more,
  });
};

const brief = (changes: readonly DockerChange[]): string[] =>
  changes.map(({ step, held }) => `${held === undefined ? '' : 'held '}${step.do}`);

test('the network is made without a restart where the options are in force', async (t) => {
  t.match(plan({}), [
    { object: 'docker network bootlet', after: 'cbr0 10.22.3.1 mtu 1500', step: { do: 'make-network' } },
  ]);
  t.same(plan({ engine: { userNetworks: [own] } }), []);
});

test('options come first, by a restart that containers live through: Docker’s own rules would stop packets', async (t) => {
  const keys = { iptables: true };
  const changes = plan({ keys, engine: { liveRestore: false } });
  t.same(brief(changes), ['write', 'reload', 'restart', 'make-network']);
  t.same(
    changes.flatMap(({ restarts }) => restarts ?? []),
    ['docker.service'],
    'which ends nothing',
  );
});

test('where nobody may restart Docker it waits for options that packets need, and for no others', async (t) => {
  const service = 'network.docker.restart is never';
  t.same(brief(plan({ loaded: { iptables: true, 'live-restore': true } }, { service })), ['held nothing']);
  const keys = { iptables: false, 'live-restore': true, bridge: 'br9' };
  t.same(
    brief(plan({ keys }, { service })),
    ['write', 'make-network', 'nothing'],
    'the bridge of a network that is not made anew',
  );
  t.same(brief(plan({}, { service, restartFor: ['proxies'] })), ['held nothing', 'make-network']);
});

test('a restart says that it ends containers where nothing can switch live-restore on before it', async (t) => {
  const changes = plan({ keys: { iptables: true }, engine: { liveRestore: false } }, { process: undefined });
  t.same(
    changes.flatMap(({ restarts }) => restarts ?? []),
    ['docker.service, which ends 2 containers'],
  );
});

test('a key of Docker’s own network that the file no longer has is told to go with its next start', async (t) => {
  const changes = plan({
    loaded: { iptables: false, 'live-restore': true, bridge: 'br9' },
    engine: { userNetworks: [own] },
  });
  t.match(changes, [{ advice: /another bridge than its file/ }]);
});

test('a new range replaces the network and restarts nothing', async (t) => {
  const changes = plan({ engine: { userNetworks: [renumbered] } });
  t.same(brief(changes), ['remove-network', 'make-network']);
  t.equal(changes[0]?.restarts, 'the network of all containers on it at once; pods are made anew one after another');
});

test('containers of others on it are named, and what becomes of them', async (t) => {
  const foreignContainers = ['web', 'db', 'other'].map((name) => ({
    name,
    ports: [],
    networks: [name === 'other' ? 'host' : 'bootlet'],
  }));
  const [replaced] = plan({ engine: { userNetworks: [renumbered], foreignContainers } });
  t.match(
    replaced?.restarts,
    'also of web, db, which bootlet did not make and are put on it again with other addresses;',
  );
  const [removed] = plan(
    { engine: { userNetworks: [own], foreignContainers } },
    { expect: undefined, isEntered: true },
  );
  t.match(removed?.restarts, 'also of web, db, which bootlet did not make and stay without it;');
});

test('those that a cut has left off the new one are put on it', async (t) => {
  const network = { bridgeName: 'cbr0', subnets: [] };
  const memory = { replaced: { network, containers: [{ id: 'web', name: 'web', aliases: [] }] } };
  t.same(brief(plan({ engine: { userNetworks: [own] } }, { memory })), ['rejoin']);
});

test('where another network of Docker’s has some of its addresses the old one stays until those are free', async (t) => {
  const networks = [
    { id: 'n1', name: 'bootlet', driver: 'bridge', pools: ['10.22.9.0/24'] },
    { id: 'm1', name: 'vlan', driver: 'macvlan', pools: ['fd00::/64', '10.22.0.0/16'] },
  ];
  const changes = plan({ engine: { userNetworks: [renumbered], networks } });
  t.same(brief(changes), ['held nothing']);
  t.match(changes[0]?.held, /network vlan has 10\.22\.0\.0\/16.*docker network rm vlan/);
  t.same(brief(plan({ engine: { networks } })), ['held nothing'], 'nor is a first one tried');
  const free = networks.map((network) => ({ ...network, pools: ['10.22.9.0/24'] }));
  t.same(brief(plan({ engine: { networks: free } })), ['make-network']);
});

test('where Docker’s own has some of its addresses, which cannot be removed, that is to get others', async (t) => {
  const networks = [{ id: 'b1', name: 'bridge', driver: 'bridge', pools: ['10.22.0.0/16'] }];
  const [change] = plan({ engine: { networks } });
  t.match(change?.held, /network bridge has 10\.22\.0\.0\/16.*"bip" in daemon\.json/);
  t.notMatch(change?.held, 'docker network rm');
});

test('an MTU that follows the uplink replaces no network', async (t) => {
  const other = { engine: { userNetworks: [{ ...own, mtu: 1400 }] } };
  t.same(plan({ ...other, followsMtu: true }), []);
  t.same(brief(plan(other)), ['remove-network', 'make-network'], 'but one that is configured does');
});

test('with what failed it is not made, and pods wait', async (t) => {
  const keys = { iptables: true };
  const [write] = plan({ keys });
  const text = write?.step.do === 'write' ? (write.step.text ?? null) : null;
  const failed = { text, network: 'cbr0 10.22.3.1 mtu 1500', message: 'no' };
  const changes = plan({ keys }, { memory: { failed } });
  t.same(brief(changes), ['held write', 'held restart', 'held make-network']);
  t.ok(changes.every(({ podsNeed }) => podsNeed));
});

test('a reset removes it before the file is as it was, which may name the bridge', async (t) => {
  const target = wantedTarget(
    PATH,
    { text: '{}', keys: {}, changedAt: 0, hasFolder: true, isWritable: true },
    new Map([['bridge', 'cbr0']]),
    {},
  );
  const reset = { expect: undefined, isEntered: true, target };
  const changes = plan({ keys: {}, engine: { userNetworks: [own] } }, reset);
  t.same(brief(changes).slice(0, 2), ['remove-network', 'write']);
  t.same(changes[0]?.ledger, { do: 'nothing' }, 'and is on the ledger until all is as it was');
});

test('a reset closes the way to 127.0.0.1 that Docker opened without its proxies once Docker has them again', async (t) => {
  const path = 'net/ipv4/conf/br-0123456789ab/route_localnet';
  const loopback = [{ path, now: '1', original: '0' }];
  const reset = { expect: undefined, isEntered: true, loopback };
  const closed = plan({ loaded: {} }, reset);
  t.same(brief(closed), ['restart', 'write-sysctl']);
  t.match(closed.at(-1), { object: path, before: '1', after: '0' });
  t.same(brief(plan({}, reset)), ['write-sysctl'], 'also where somebody else has restarted it');
  t.same(
    brief(plan({ loaded: {} }, { ...reset, service: 'nobody may' })),
    ['reload', 'held nothing'],
    'and not before',
  );
});

test('a reset waits for a Docker that does not answer: the network is in its store', async (t) => {
  const changes = plan({}, { expect: undefined, isEntered: true, engine: undefined, process: undefined });
  t.same(brief(changes), ['held nothing']);
});

test('one that is gone is taken off the ledger where it shall not be', async (t) => {
  const expect = expectedNetwork(aNetworkSpec(), { followsMtu: false });
  const bridge = aBridgeNetwork();
  const [change] = plan({ engine: { bridge } }, { expect, isEntered: true });
  t.match(change, { object: NETWORK_ENTRY, ledger: { do: 'strike' }, step: { do: 'nothing' } });
});
