import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { labImages } from '../../../lab/images.ts';
import { type HostDocker, newHost, POD_CIDRS, startHostDocker } from '../../../lab/network/host.ts';
import { cutEverywhere, cutsOf } from '../../../support/cut-everywhere.ts';
import { dumpHost } from '../../../support/host-dump.ts';
import { type HostSettings, type HostSettingsOptions, hostSettings } from '../../../support/host-settings.ts';
import { missing } from '../../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

interface Lab {
  readonly docker: HostDocker;
  /** The settings of a configuration that names its range, and what it wants of Docker beside the lab's. */
  configured(
    range: string,
    docker?: Readonly<Record<string, unknown>>,
    more?: HostSettingsOptions,
  ): Promise<HostSettings>;
  /** The host, the ledger and Docker's networks. */
  state(settings: HostSettings): Promise<readonly unknown[]>;
}

const aLab = async (t: Test, options: Readonly<Record<string, unknown>> = { debug: false }): Promise<Lab> => {
  const host = await newHost(t);
  // Where Docker looks by itself: while it is away, bootlet takes that file for its own.
  await writeFile(join(host.dir, 'etc/docker/daemon.json'), JSON.stringify(options));
  const docker = await startHostDocker(t, host);
  const { configFile, restartCommand: restart, endpoint } = docker;
  const networks = async () => {
    const all = (await docker.engine.call('GET', '/networks')) as readonly Readonly<Record<string, unknown>>[];
    // Docker lists them in any order.
    return new Map(all.map(({ Name, Driver, IPAM, Options }) => [Name, { Driver, IPAM, Options }]));
  };
  return {
    docker,
    configured: (range, more = {}, settings = {}) =>
      hostSettings(host, {
        network: { podCIDRs: [range], docker: { configFile, restart, ...more } },
        config: { runtime: { docker: { endpoint } } },
        ...settings,
      }),
    state: async ({ ledgerFile }) => [
      await dumpHost(host),
      // Which setting has entered something first means nothing.
      JSON.parse(await readFile(ledgerFile, 'utf8').catch(() => '{}')),
      await networks(),
    ],
  };
};

/** Of what is struck from the ledger for a key of daemon.json one stands for all. */
const OF_DOCKER = / docker: (?!key)| docker: key bridge|old-docker-network/;
/** It changes nothing. */
const LOOK = /: ip -json .* show$/;

const cutsIn = (job: 'setup' | 'reset', { steps }: { readonly steps: readonly string[] }): readonly string[] =>
  cutsOf(job, steps).filter((step) => OF_DOCKER.test(step) && !LOOK.test(step));

interface BothWays {
  readonly state: Lab['state'];
  readonly cutsIn: typeof cutsIn;
}

/** Cuts a set-up and a reset wherever they can be: both end as those that were not. Resolves with where. */
const cutBothWays = async (t: Test, settings: HostSettings, { state, cutsIn: cuts }: BothWays) => {
  const bare = await state(settings);
  const setup = cuts('setup', await settings.setup());
  const set = await state(settings);
  const reset = cuts('reset', await settings.reset());
  await cutEverywhere(t, setup, (step) => settings.kill('setup', step), settings.reset);
  await settings.setup();
  t.strictSame(await state(settings), set, 'set up');
  await cutEverywhere(t, reset, (step) => settings.kill('reset', step), settings.setup);
  await settings.reset();
  t.strictSame(await state(settings), bare, 'and taken back');
  return { setup, reset };
};

test('killed while Docker is put on the bridge or taken off it, bootlet ends as if it had not been', {
  skip,
}, async (t) => {
  const { configured, state } = await aLab(t);
  await cutBothWays(t, await configured(POD_CIDRS.ipv4), { state, cutsIn });
});

/** What is left of the range before goes once Docker has left it. */
const setupTwice = async (settings: HostSettings) => {
  const report = await settings.setup();
  await settings.setup();
  return report;
};

test('killed while Docker is made to forget its addresses for a new range, it ends as if it had not been', {
  skip,
}, async (t) => {
  const { configured, state } = await aLab(t);
  const before = await configured(POD_CIDRS.ipv4);
  const after = await configured('10.22.9.0/24', {}, { name: 'renumbered' });
  const renumber = () => setupTwice(after);
  const goBack = () => setupTwice(before);
  await goBack();
  const cuts = cutsIn('setup', await renumber());
  const renumbered = await state(after);
  await goBack();
  await cutEverywhere(t, cuts, (step) => after.kill('setup', step), goBack);
  await renumber();
  t.strictSame(await state(after), renumbered);
});

test('killed on the way to options that Docker does not start with, or back from them, it ends with the old ones', {
  skip,
}, async (t) => {
  const { configured, state } = await aLab(t);
  const good = await configured(POD_CIDRS.ipv4);
  const bad = await configured(POD_CIDRS.ipv4, { options: { 'no-such-option': true } }, { name: 'bad', fails: true });
  await good.setup();
  const before = await state(good);
  const report = await bad.setup();
  t.equal(report.failure, 'E_DOCKER_ROLLED_BACK');
  await cutEverywhere(t, cutsIn('setup', report), (step) => bad.kill('setup', step), good.setup);
  const { failure = '' } = await bad.setup();
  t.ok(['E_DOCKER_ROLLED_BACK', 'E_NETWORK_UNSETTLED'].includes(failure), 'or held, where the cut one had come so far');
  await good.setup();
  t.strictSame(await state(good), before);
});

/** What makes and removes the network of bootlet's, and who is on it. */
const OF_OWN = / docker: (docker network|containers of others)/;

const ownCutsIn = (job: 'setup' | 'reset', { steps }: { readonly steps: readonly string[] }): readonly string[] =>
  cutsOf(job, steps).filter((step) => OF_OWN.test(step));

/** Starts a container that runs on; resolves with its id. */
const runContainer = async (docker: HostDocker, network: string, name: string): Promise<string> => {
  await docker.engine.load(await labImages());
  const body = { Image: 'lab/busybox:1', Cmd: ['sleep', '1000000'], HostConfig: { NetworkMode: network } };
  const { Id } = (await docker.engine.call('POST', `/containers/create?name=${name}`, body)) as { readonly Id: string };
  await docker.engine.call('POST', `/containers/${Id}/start`);
  return Id;
};

/** Pid of its first process, by which it is known to be the same one, and its address on each network. */
const livesOf = async ({ engine }: HostDocker, id: string): Promise<unknown> => {
  const { State, NetworkSettings } = (await engine.call('GET', `/containers/${id}/json`)) as {
    readonly State: { readonly Pid: number };
    readonly NetworkSettings: { readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>> };
  };
  const networks = Object.entries(NetworkSettings.Networks).map(([name, { IPAddress }]) => `${name} ${IPAddress}`);
  return { pid: State.Pid, networks };
};

test('killed within the making or removing of a network beside what runs, it ends as if it had not been', {
  skip,
}, async (t) => {
  const { docker, configured, state } = await aLab(t, { 'live-restore': true });
  const id = await runContainer(docker, 'host', 'control-plane');
  const lives = await livesOf(docker, id);
  const settings = await configured(POD_CIDRS.ipv4);
  // A dockerd that was started beside containers orders its rules otherwise, and tells its gateway, whoever started it.
  await settings.setup();
  await settings.reset();
  const { setup, reset } = await cutBothWays(t, settings, { state, cutsIn: ownCutsIn });
  t.ok(setup.some((step) => step.endsWith('POST /networks/create')));
  t.ok(reset.some((step) => step.endsWith('DELETE /networks/ID')));
  t.strictSame(await livesOf(docker, id), lives);
});

test('killed while that network is replaced, it ends with containers of others on the new one', { skip }, async (t) => {
  const { docker, configured, state } = await aLab(t, { 'live-restore': true });
  await runContainer(docker, 'host', 'control-plane');
  const before = await configured(POD_CIDRS.ipv4);
  const after = await configured('10.22.9.0/24', {}, { name: 'renumbered' });
  await before.setup();
  const web = await runContainer(docker, 'bootlet', 'web');
  /** Both interfaces of a container are others each time that it comes onto a network. */
  const networks = async (settings: HostSettings) => [(await state(settings)).slice(1), await livesOf(docker, web)];
  const cuts = ownCutsIn('setup', await setupTwice(after));
  for (const call of [
    'POST /networks/ID/disconnect',
    'DELETE /networks/ID',
    'POST /networks/create',
    'POST /networks/bootlet/connect',
  ])
    t.ok(
      cuts.some((step) => step.endsWith(call)),
      call,
    );
  const renumbered = await networks(after);
  const goBack = () => setupTwice(before);
  await goBack();
  await cutEverywhere(t, cuts, (step) => after.kill('setup', step), goBack);
  await setupTwice(after);
  t.strictSame(await networks(after), renumbered);
});
