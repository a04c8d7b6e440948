import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Test, test } from 'tap';
import { schema } from '../../../../daemon/config/schema.ts';
import { dockerFinder } from '../../../../daemon/host/docker-process.ts';
import type { Json } from '../../../../daemon/host/json-value.ts';
import { Ledger } from '../../../../daemon/host/ledger.ts';
import type { RunTool } from '../../../../daemon/host/run-tool.ts';
import { carryOut } from '../../../../daemon/network/carry-out.ts';
import { dockerProxiesSetting } from '../../../../daemon/network/docker/proxies-setting.ts';
import { dockerSetting } from '../../../../daemon/network/docker/setting.ts';
import type { NetworkSpec } from '../../../../daemon/network/resources.ts';
import { systemClock } from '../../../../daemon/reconcile/clock.ts';
import { aNetworkSpec } from '../../../support/network-builders.ts';
import { stateFolder } from '../../../support/state-folder.ts';

const PID = 812;
const UPTIME_S = 1000;
const PROXY = 'http://user:secret@p:3128';
const spec = aNetworkSpec();

/** The root folder of a host on which systemd runs a dockerd, and the settings that care for it. */
const aHost = async (t: Test, { version = '20.10.24', group = '/system.slice/docker.service' } = {}) => {
  const root = stateFolder(t);
  const put = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const socket = join(root, 'run/docker.sock');
  const process = `proc/${PID}`;
  /** @param agoS when it was started, in seconds before now */
  const startDocker = async (environment: readonly string[], agoS = 100): Promise<void> => {
    await put(`${process}/stat`, `${PID} (dockerd) S ${'0 '.repeat(18)}${(UPTIME_S - agoS) * 100} 0\n`);
    await put(`${process}/environ`, environment.map((assignment) => `${assignment}\0`).join(''));
  };
  await put('proc/uptime', `${UPTIME_S}.00 1.00\n`);
  await put(`${process}/comm`, 'dockerd\n');
  await put(`${process}/cmdline`, 'dockerd\0');
  await put(`${process}/cgroup`, `1:name=systemd:${group}\n`);
  await put(`${process}/net/unix`, `0: 2 0 10000 1 1 99 ${socket}\n`);
  await put('run/docker.sock', '');
  await mkdir(join(root, 'run/systemd/system'), { recursive: true });
  await mkdir(join(root, 'etc/systemd/system'), { recursive: true });
  await mkdir(join(root, process, 'fd'), { recursive: true });
  await symlink('socket:[99]', join(root, process, 'fd/3'));
  await startDocker(['PATH=/bin']);

  const commands: string[] = [];
  const host = { version, needsReload: 'no', reloadFails: false };
  const run: RunTool = async (program, args) => {
    const command = [program, ...args].join(' ');
    if (program === 'ip') return { exitCode: 0, stdout: '[]', stderr: '' };
    if (args[0] === 'show') return { exitCode: 0, stdout: `NeedDaemonReload=${host.needsReload}\n`, stderr: '' };
    commands.push(command);
    return host.reloadFails
      ? { exitCode: 1, stdout: '', stderr: 'Access denied' }
      : { exitCode: 0, stdout: '', stderr: '' };
  };
  const engine = {
    call: async ({ path }: { readonly path: string }) =>
      path === '/info' ? { status: 200, body: { ServerVersion: host.version } } : { status: 200, body: [] },
  };
  const ledger = new Ledger(join(root, 'ledger.json'));
  await ledger.load();
  const settingsFor = (options: Readonly<Record<string, Json>>, restart: 'auto' | 'never' = 'auto') => {
    const { network, paths } = schema.fallback;
    const docker = { ...network.docker, configFile: join(root, 'daemon.json'), options, restart };
    const config = {
      network: { ...network, docker },
      paths: { ...paths, state: root },
    };
    const find = dockerFinder({ endpoint: `unix://${socket}`, root });
    const sysctls = { read: () => undefined, write: async () => undefined };
    const made = { config, run, sysctls, engine, find, root };
    return {
      proxies: dockerProxiesSetting(made),
      docker: dockerSetting({ ...made, clock: systemClock, stopping: undefined }),
    };
  };
  const own = { proxies: { 'http-proxy': PROXY } };
  const plan = async (given: NetworkSpec | undefined, options: Readonly<Record<string, Json>> = own) =>
    (await settingsFor(options).proxies.plan(given, ledger.of('docker-proxies'))).map(({ change }) => change);
  return {
    root,
    file: join(root, 'etc/systemd/system/docker.service.d/90-bootlet-proxies.conf'),
    commands,
    host,
    ledger,
    startDocker,
    plan,
    keep: async (given: NetworkSpec | undefined, options: Readonly<Record<string, Json>> = own) => {
      const { proxies } = settingsFor(options);
      await carryOut(proxies, await proxies.plan(given, ledger.of('docker-proxies')), { ledger });
    },
    /** What Docker would be restarted for, or why it is not. */
    restarts: async (restart?: 'auto' | 'never') => {
      const changes = await settingsFor(own, restart).docker.plan(spec, {});
      return changes.map(({ change }) => change.held ?? change.advice ?? change.after ?? '').join('; ');
    },
  };
};

test("Docker's unit gets its proxies, for root alone, and systemd reads them", async (t) => {
  const { file, commands, plan, keep } = await aHost(t);
  const [change] = await plan(spec);
  t.notMatch(JSON.stringify([change?.before, change?.after]), 'secret');
  await keep(spec);
  t.match(await readFile(file, 'utf8'), `Environment="HTTP_PROXY=${PROXY}"`);
  t.match(await readFile(file, 'utf8'), /NO_PROXY=.*10\.22\.3\.0\/24/);
  t.equal((await stat(file)).mode & 0o777, 0o600);
  t.same(commands, ['systemctl daemon-reload']);
  t.same(await plan(spec), []);
});

test('it is put right where somebody changes it, or takes it away', async (t) => {
  const { file, plan, keep, startDocker } = await aHost(t);
  await keep(spec);
  await startDocker([`HTTP_PROXY=${PROXY}`]);
  await rm(file);
  await keep(spec);
  t.match(await readFile(file, 'utf8'), 'HTTP_PROXY');
  await writeFile(file, '');
  t.equal((await plan(spec)).length, 1);
});

test('Docker is restarted for it where it has other proxies, and not where it has these', async (t) => {
  const { keep, restarts, startDocker } = await aHost(t);
  t.match(await restarts(), /its proxies/, 'planned before');
  await keep(spec);
  t.match(await restarts(), /its proxies/);
  t.match(await restarts('never'), /Docker must be restarted for .*its proxies: network.docker.restart is never/);
  await startDocker([`HTTP_PROXY=${PROXY}`, 'NO_PROXY=other'], -10);
  t.notMatch(await restarts(), /its proxies/);
  await startDocker(['HTTP_PROXY=http://other'], -10);
  t.notMatch(await restarts(), /its proxies/, 'once is enough');
  t.match(await restarts(), /something else in docker.service/);
});

test('a reset leaves nothing of it, nor of the folder that was made for it', async (t) => {
  const { file, commands, ledger, plan, keep } = await aHost(t);
  await keep(spec);
  await keep(undefined);
  t.notOk(existsSync(dirname(file)));
  t.ok(ledger.isEmpty);
  t.equal(commands.length, 2);
  t.same(await plan(undefined), []);
});

test('a reset gives back the file that was there, and leaves the files beside it', async (t) => {
  const { file, keep } = await aHost(t);
  await mkdir(dirname(file));
  await writeFile(file, 'of somebody');
  await writeFile(join(dirname(file), 'other.conf'), '');
  await keep(spec);
  await keep(undefined);
  t.equal(await readFile(file, 'utf8'), 'of somebody');
  t.ok(existsSync(join(dirname(file), 'other.conf')));
});

test('proxies that are no longer configured go; that dockerd has them until it is started again is told', async (t) => {
  const { file, ledger, plan, keep, startDocker } = await aHost(t);
  await keep(spec);
  await startDocker([`HTTP_PROXY=${PROXY}`]);
  await keep(spec, {});
  t.notOk(existsSync(file));
  t.match(await plan(spec, {}), [{ advice: /systemctl restart docker.service/ }]);
  await startDocker([]);
  await keep(spec, {});
  t.ok(ledger.isEmpty);
  t.same(await plan(spec, {}), []);
});

test('systemd reads it again where bootlet was cut before it could tell it to', async (t) => {
  const { commands, host, plan, keep } = await aHost(t);
  await keep(spec);
  host.needsReload = 'yes';
  t.match(await plan(spec), [{ object: 'unit docker.service' }]);
  await keep(spec);
  t.equal(commands.length, 2);
});

test('what systemd does not take is undone', async (t) => {
  const { file, host, ledger, keep } = await aHost(t);
  host.reloadFails = true;
  await t.rejects(keep(spec), /daemon-reload: Access denied/);
  t.notOk(existsSync(dirname(file)));
  t.ok(ledger.isEmpty);
});

test('nothing is written where Docker takes proxies from its file, is no unit, or has proxies by somebody else', async (t) => {
  const newer = await aHost(t, { version: '26.1.5+dfsg1' });
  t.same(await newer.plan(spec), []);
  const bare = await aHost(t, { group: '/user.slice' });
  t.same(await bare.plan(spec), []);
  const foreign = await aHost(t);
  await foreign.startDocker(['https_proxy=http://theirs']);
  t.same(await foreign.plan(spec), []);
});

test('it goes where Docker was upgraded to one that takes proxies from its file', async (t) => {
  const { file, host, ledger, keep } = await aHost(t);
  await keep(spec);
  host.version = '26.1.5+dfsg1';
  await keep(spec);
  t.notOk(existsSync(file));
  t.ok(ledger.isEmpty);
});
