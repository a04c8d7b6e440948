import fc from 'fast-check';
import { test } from 'tap';
import type { Json } from '../../../../daemon/host/json-value.ts';
import type { Originals } from '../../../../daemon/host/ledger.ts';
import { expectedNetwork } from '../../../../daemon/network/docker/expected-network.ts';
import { planDocker } from '../../../../daemon/network/docker/plan.ts';
import type { DockerChange, PlanInput } from '../../../../daemon/network/docker/steps.ts';
import { originalTarget, wantedTarget } from '../../../../daemon/network/docker/target.ts';
import type { NetworkSpec } from '../../../../daemon/network/resources.ts';
import type { EngineState } from '../../../../daemon/runtime/docker/engine-state.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { aBridgeNetwork, anEngineState } from './builders.ts';

const PATH = '/etc/docker/daemon.json';
const spec = aNetworkSpec();
const WANTED = { bridge: 'cbr0', iptables: false, 'live-restore': true };
const own = aBridgeNetwork();
const dockers = { ...own, bridgeName: 'docker0', subnets: [{ subnet: '172.17.0.0/16', gateway: '172.17.0.1' }] };
const process = { pid: 812, id: '812-1', startedAt: 0, args: [] };

interface Given {
  readonly text?: string | undefined;
  readonly loaded?: Readonly<Record<string, Json>>;
  readonly wanted?: Readonly<Record<string, Json | undefined>>;
  readonly originals?: Originals;
  readonly engine?: Partial<EngineState> | undefined;
  readonly spec?: NetworkSpec;
  readonly followsMtu?: boolean;
}

const inputOf = (
  { text = '{}', loaded, wanted = WANTED, originals = {}, engine = {}, ...given }: Given,
  more: Partial<PlanInput> = {},
): PlanInput => {
  const keys: Readonly<Record<string, Json>> = JSON.parse(text);
  const file = { text, keys, changedAt: 0, hasFolder: true, isWritable: true };
  return {
    path: PATH,
    target: wantedTarget(PATH, file, new Map(Object.entries(wanted)), originals),
    bridgeFlag: undefined,
    expect: expectedNetwork(given.spec ?? spec, { followsMtu: given.followsMtu ?? false }),
    isEntered: false,
    loopback: [],
    original: { text, hadFolder: true },
    file,
    engine: anEngineState({ bridge: dockers, ...engine }),
    process,
    loaded: loaded ?? keys,
    memory: {},
    restartFor: [],
    service: { command: ['systemctl', 'restart', 'docker.service'], unit: 'docker.service' },
    ...more,
  };
};

const plan = (given: Given, more?: Partial<PlanInput>): readonly DockerChange[] => planDocker(inputOf(given, more));

/** `write cbr0 true`, the bridge and live-restore of it, for a write; else the step alone. */
const brief = (changes: readonly DockerChange[]): string[] =>
  changes.map(({ step, held, ledger }) => {
    const keys: Readonly<Record<string, Json>> = step.do === 'write' ? JSON.parse(step.text ?? '{}') : {};
    const shown = step.do === 'write' ? ` ${keys['bridge']} ${keys['live-restore']}` : '';
    return `${held === undefined ? '' : 'held '}${ledger.do === 'strike' ? 'strike' : step.do}${shown}`;
  });

const done = JSON.stringify(WANTED);
const settled = { text: done, engine: { bridge: own, liveRestore: true } };

test('nothing is to do where all is as it should be', async (t) => {
  t.same(plan(settled), []);
});

test('Docker is put on another bridge by one write and one restart, which what is started meanwhile lives through', async (t) => {
  t.same(brief(plan({})), ['write cbr0 true', 'reload', 'restart']);
});

test('the restart says what it ends', async (t) => {
  t.equal(plan({ engine: { running: 3 } }).at(-1)?.restarts, 'docker.service, which ends 3 containers');
  t.equal(plan({ engine: { running: 0 } }).at(-1)?.restarts, 'docker.service');
});

test('a restart that was planned for a Docker in which nothing runs says so, for something may be started by then', async (t) => {
  const isForNone = (given: Given) =>
    plan(given).flatMap(({ step }) => (step.do === 'restart' ? [step.isForNone] : []));
  t.same(isForNone({}), [true]);
  t.same(isForNone({ engine: { running: 1 } }), [false], 'these end, as the plan has it');
  t.same(isForNone({ ...settled, loaded: { ...WANTED, iptables: true } }), [false], 'and here all are kept');
});

test('containers that live-restore would keep are let go first, for Docker makes no network beside them', async (t) => {
  t.same(brief(plan({ engine: { liveRestore: true, running: 1 } })), [
    'write cbr0 false',
    'reload',
    'write cbr0 true',
    'restart',
  ]);
});

test('containers are kept over a restart that does not concern the network', async (t) => {
  const given = { ...settled, loaded: { ...WANTED, iptables: true, 'live-restore': false } };
  t.same(brief(plan({ ...given, engine: { bridge: own, running: 1 } })), ['reload', 'restart']);
});

test('what SIGHUP is enough for is only read again', async (t) => {
  const wanted = { ...WANTED, 'registry-mirrors': ['http://m'] };
  t.same(brief(plan({ ...settled, wanted })), ['write cbr0 true', 'reload']);
  t.same(
    brief(plan({ ...settled, wanted }, { process: undefined })).at(-1),
    'restart',
    'of a process that is not found',
  );
});

test('a change of the file that dockerd had read before is written again, and nothing restarted', async (t) => {
  t.same(brief(plan({ ...settled, text: '{"bridge":"br9","iptables":false,"live-restore":true}', loaded: WANTED })), [
    'write cbr0 true',
  ]);
});

test('an MTU is written, and no container ended for it', async (t) => {
  const text = JSON.stringify({ ...WANTED, mtu: 1500 });
  const given = { text, wanted: { ...WANTED, mtu: 1380 }, engine: { bridge: own, liveRestore: true, running: 3 } };
  const tunnelled = aNetworkSpec({ bridge: { ...spec.bridge, mtu: 1380 } });
  const changes = plan({ ...given, spec: tunnelled, followsMtu: true });
  t.same(brief(changes), ['write cbr0 true', 'nothing']);
  t.match(changes.at(-1)?.advice, /another mtu than its file/);
  t.same(brief(plan({ ...given, spec: tunnelled })), ['write cbr0 true', 'nothing'], 'nor one that is configured');
  const engine = { ...given.engine, running: 0 };
  t.equal(brief(plan({ ...given, engine, spec: tunnelled })).at(-1), 'restart', 'but while nothing runs');
});

test('networks that proxies are not asked for are written, and Docker not restarted for them', async (t) => {
  const proxies = { 'http-proxy': 'http://p:3128', 'no-proxy': '10.0.0.0/8' };
  const text = JSON.stringify({ ...WANTED, proxies });
  const other = (more: Readonly<Record<string, Json>>) => ({ ...WANTED, proxies: { ...proxies, ...more } });
  const given = { ...settled, text };
  t.same(brief(plan({ ...given, wanted: other({ 'no-proxy': '10.1.0.0/16' }) })), ['write cbr0 true', 'nothing']);
  t.equal(brief(plan({ ...given, wanted: other({ 'http-proxy': 'http://q' }) })).at(-1), 'restart');
});

test('registries that are configured no longer go by an empty list and SIGHUP', async (t) => {
  const text = JSON.stringify({ ...WANTED, 'registry-mirrors': ['http://m'] });
  const changes = plan({ ...settled, text, originals: { 'key registry-mirrors': null } });
  t.same(brief(changes), ['write cbr0 true', 'reload']);
  t.match(changes[0]?.after, '"registry-mirrors": []');
  t.same(plan({ ...settled, text: JSON.stringify({ ...WANTED, 'registry-mirrors': [] }), loaded: WANTED }), []);
});

test('on the way back Docker is started anew where it is still on the bridge, whatever became of its file', async (t) => {
  const reset = (engine: Partial<EngineState>, more: Partial<PlanInput> = {}) =>
    brief(plan({ text: '{}', wanted: {}, engine }, { expect: undefined, ...more }));
  t.same(reset({ bridge: own }), ['restart']);
  t.same(reset({ bridge: dockers }), []);
  t.same(reset({ bridge: own }, { bridgeFlag: 'cbr0' }), [], 'where it is by its command line');
});

test('addresses that Docker remembers are forgotten by a start without a bridge', async (t) => {
  const remembered = { ...own, subnets: [{ subnet: '10.22.9.0/24', gateway: '10.22.9.1' }] };
  t.same(brief(plan({ ...settled, engine: { bridge: remembered } })), [
    'write none true',
    'restart',
    'put-addresses',
    'write cbr0 true',
    'restart',
  ]);
  t.same(brief(plan({ ...settled, engine: { bridge: remembered, liveRestore: true, running: 1 } })).slice(0, 3), [
    'write none false',
    'reload',
    'restart',
  ]);
});

test('where nobody may restart it, the restart is held and says for what', async (t) => {
  const changes = plan({}, { service: 'network.docker.restart is never: restart it when it suits' });
  t.same(brief(changes), ['write cbr0 true', 'held nothing']);
  t.match(changes.at(-1)?.held, /^Docker must be restarted for bridge, iptables, the network cbr0 10.22.3.1/);
  const kept = plan({ engine: { liveRestore: true } }, { service: 'restart it when it suits' });
  t.match(kept.at(-1)?.held, /stop its containers first/);
});

test('pods wait for a held change only where it concerns them', async (t) => {
  const needed = (changes: readonly DockerChange[]) => changes.filter(({ held }) => held).map((c) => c.podsNeed);
  const never = { service: 'network.docker.restart is never' };
  const logged = { ...settled, wanted: { ...WANTED, 'log-opts': { 'max-size': '1m' } } };
  t.same(needed(plan(logged, never)), [false]);
  t.same(needed(plan({}, never)), [true]);
  t.same(needed(plan({ ...settled, loaded: { ...WANTED, iptables: true } }, never)), [true]);
  t.same(needed(plan(settled, { ...never, engine: undefined, process: undefined })), [true]);
  const text = JSON.stringify(logged.wanted);
  const failed = { text, network: 'cbr0 10.22.3.1 mtu 1500', message: 'no' };
  t.same(needed(plan(logged, { memory: { failed } })), [false, false]);
});

test('while Docker does not answer the file is written, and the rest held', async (t) => {
  t.same(brief(plan({}, { engine: undefined, process: undefined })), ['write cbr0 true', 'held nothing']);
  t.same(brief(plan({ text: done }, { engine: undefined, process: undefined })), ['held nothing']);
});

const restarting = { text: done, network: 'cbr0 10.22.3.1 mtu 1500', isBack: false };

test('a restart whose end was not seen is made again, with the file as it is', async (t) => {
  const cut = { engine: undefined, process: undefined, memory: { restarting } };
  t.match(plan({ text: done }, cut), [{ step: { do: 'restart', expect: { bridgeName: 'cbr0' } } }]);
  const passing = JSON.stringify({ ...WANTED, bridge: 'none' });
  t.match(plan({ text: passing }, cut), [{ step: { do: 'restart', expect: undefined } }], 'a step on the way');
  t.match(plan({ text: done }, { ...cut, service: 'nobody may' }), [{ held: 'nobody may' }]);
});

test('a restart whose end is seen later is over', async (t) => {
  t.same(brief(plan(settled, { memory: { restarting } })), ['end-restart']);
});

test('what failed is not tried again, until something changes', async (t) => {
  const step = plan({})[0]?.step;
  const text = step?.do === 'write' ? (step.text ?? null) : null;
  const failed = { text, network: 'cbr0 10.22.3.1 mtu 1500', message: 'it did not come back' };
  const memory = { good: '{}', failed };
  const changes = plan({}, { memory });
  t.same(brief(changes), ['held write cbr0 true', 'held reload', 'held restart']);
  t.equal(changes[0]?.held, 'it did not come back');
  const tried = ['write cbr0 true', 'reload', 'restart'];
  t.same(
    brief(plan({ wanted: { ...WANTED, debug: true } }, { memory })),
    ['forget-failure', ...tried],
    'what is wanted',
  );
  const since = { good: '{}', failed: { ...failed, process: process.id } };
  t.same(brief(plan({}, { memory: since })), ['held write cbr0 true', 'held reload', 'held restart']);
  t.same(brief(plan({}, { memory: since, process: { ...process, id: '900-2' } })), tried, 'or the dockerd that runs');
});

test('only what changes is shown, and no password', async (t) => {
  const proxies = { 'http-proxy': 'http://user:secret@p:3128' };
  const [write] = plan({ text: '{"dns":["1.1.1.1"]}', wanted: { proxies } });
  t.equal(write?.after, '"proxies": {"http-proxy":"http://xxxxx@p:3128"}');
  t.equal(write?.before, '');
});

const foreign = fc
  .uniqueArray(
    fc.tuple(fc.constantFrom('dns', 'debug', 'bridge', 'labels', 'bip', 'storage-driver', 'iptables'), fc.integer()),
    {
      selector: ([key]) => key,
    },
  )
  .map((entries) => ({
    dns: ['1.1.1.1'],
    ...Object.fromEntries(
      entries.map(([key, n]): [string, Json] => {
        if (key === 'debug' || key === 'iptables') return [key, n % 2 === 0];
        return [key, key === 'labels' || key === 'dns' ? [`a=${n}`] : `v${n}`];
      }),
    ),
  }));
const indents = fc.constantFrom(undefined, 1, 2, 4, '\t');
const wantedArbitrary = fc.constantFrom<Readonly<Record<string, Json | undefined>>>(
  WANTED,
  { ...WANTED, bip: undefined, 'log-opts': { 'max-size': '10m' } },
  { bridge: undefined, bip: '10.0.0.1/24' },
);

/** The file, and the ledger, after every write of a plan. */
const carriedOut = (changes: readonly DockerChange[], text: string, originals: Originals) => {
  let after: string | undefined = text;
  let book = originals;
  for (const { step, ledger, entry, object } of changes) {
    if (step.do === 'write') after = step.text;
    if (ledger.do === 'enter') book = { [entry ?? object]: ledger.original, ...ledger.parts, ...book };
    if (ledger.do === 'strike') book = Object.fromEntries(Object.entries(book).filter(([name]) => name !== entry));
  }
  return { text: after, book };
};

test('a plan that was carried out leaves nothing to write, and nobody else’s key changed', async () => {
  fc.assert(
    fc.property(foreign, indents, wantedArbitrary, (keys, indent, wanted) => {
      const text = JSON.stringify(keys, null, indent);
      const { text: after = '{}', book } = carriedOut(plan({ text, wanted }), text, {});
      const { target } = inputOf({ text: after, wanted, originals: book });
      const left: Readonly<Record<string, Json>> = JSON.parse(after);
      const isForeign = (key: string): boolean => !(key in wanted);
      const kept = Object.entries(keys).filter(([key]) => isForeign(key));
      return target.text === after && kept.every(([key, value]) => JSON.stringify(left[key]) === JSON.stringify(value));
    }),
  );
});

test('a reset gives back every byte, whatever was configured in between', async () => {
  fc.assert(
    fc.property(foreign, indents, wantedArbitrary, wantedArbitrary, (keys, indent, first, second) => {
      const text = JSON.stringify(keys, null, indent);
      const one = carriedOut(plan({ text, wanted: first }), text, {});
      const two = carriedOut(
        planDocker({
          ...inputOf({ text: one.text, wanted: second, originals: one.book }),
          original: { text, hadFolder: true },
        }),
        one.text ?? '',
        one.book,
      );
      const file = {
        text: two.text,
        keys: JSON.parse(two.text ?? '{}'),
        changedAt: 0,
        hasFolder: true,
        isWritable: true,
      };
      const back = originalTarget(PATH, file, two.book);
      return JSON.stringify(back.keys) === JSON.stringify(keys) || sameKeys(back.keys, keys);
    }),
  );
});

/** The order of keys that were taken away and put back may differ. */
const sameKeys = (a: Readonly<Record<string, Json>>, b: Readonly<Record<string, Json>>): boolean =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => JSON.stringify(b[key]) === JSON.stringify(value));

test('what somebody else has changed since stays through a reset', async (t) => {
  const text = '{"dns": ["1.1.1.1"], "mtu": 1400}';
  const { text: after = '', book } = carriedOut(plan({ text, wanted: { ...WANTED, mtu: 1500 } }), text, {});
  const changed = after.replace('1.1.1.1', '9.9.9.9');
  const file = { text: changed, keys: JSON.parse(changed), changedAt: 0, hasFolder: true, isWritable: true };
  t.equal(originalTarget(PATH, file, book).text, '{"dns": ["9.9.9.9"], "mtu": 1400}');
});

test('a file that bootlet made goes again', async (t) => {
  const originals = { [PATH]: { text: null, hadFolder: true }, 'key bridge': null };
  const file = {
    text: '{\n  "bridge": "cbr0"\n}\n',
    keys: { bridge: 'cbr0' },
    changedAt: 0,
    hasFolder: true,
    isWritable: true,
  };
  t.equal(originalTarget(PATH, file, originals).text, undefined);
});

test('a key that is wanted no longer is given back, and then no longer bootlet’s', async (t) => {
  const originals = { [PATH]: { text: '{"debug":true}', hadFolder: true }, 'key debug': 'true' };
  const text = '{"debug":false,"bridge":"cbr0","iptables":false,"live-restore":true}';
  const changes = plan({ ...settled, text, originals });
  t.same(brief(changes), ['write cbr0 true', 'reload', 'strike']);
  t.match(changes[0]?.after, '"debug": true');
});

test('a reset whose file is as it was takes away what a cut has left of a write, with the folder that was made for it', async (t) => {
  const originals = { [PATH]: { text: null, hadFolder: false } };
  const file = { text: undefined, keys: {}, changedAt: undefined, hasFolder: true, isWritable: true };
  const reset = { expect: undefined, file, target: originalTarget(PATH, file, originals), loaded: {} };
  const [change] = plan({}, { ...reset, original: { text: null, hadFolder: false } });
  t.match(change, { object: PATH, ledger: { do: 'strike' }, step: { do: 'tidy', keepFolder: false } });
});
