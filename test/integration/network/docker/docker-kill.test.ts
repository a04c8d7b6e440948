import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Test, test } from 'tap';
import { newHost, POD_CIDRS, startHostDocker } from '../../../lab/network/host.ts';
import { cutEverywhere, cutsOf } from '../../../support/cut-everywhere.ts';
import { dumpHost } from '../../../support/host-dump.ts';
import { type HostSettings, hostSettings } from '../../../support/host-settings.ts';
import { missing } from '../../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

interface Lab {
  readonly settings: HostSettings;
  /** The host, the ledger and Docker's networks. */
  state(settings: HostSettings): Promise<unknown>;
}

const aLab = async (t: Test): Promise<Lab> => {
  const host = await newHost(t);
  // Where Docker looks by itself: while it is away, bootlet takes that file for its own.
  await writeFile(join(host.dir, 'etc/docker/daemon.json'), '{ "debug": false }');
  const docker = await startHostDocker(t, host);
  const { configFile, restartCommand: restart, endpoint } = docker;
  const networks = async () => {
    const all = (await docker.engine.call('GET', '/networks')) as readonly Readonly<Record<string, unknown>>[];
    // Docker lists them in any order.
    return new Map(all.map(({ Name, Driver, IPAM, Options }) => [Name, { Driver, IPAM, Options }]));
  };
  return {
    settings: await hostSettings(host, {
      network: { podCIDRs: [POD_CIDRS.ipv4], docker: { configFile, restart } },
      config: { runtime: { docker: { endpoint } } },
    }),
    state: async ({ ledgerFile }) => [
      await dumpHost(host),
      await readFile(ledgerFile, 'utf8').catch(() => '{}'),
      await networks(),
    ],
  };
};

/** Of what is struck from the ledger for a key of daemon.json one stands for all. */
const OF_DOCKER = / docker: (?!key)| docker: key bridge|old-docker-network/;

const cutsIn = (job: 'setup' | 'reset', { steps }: { readonly steps: readonly string[] }): readonly string[] =>
  cutsOf(job, steps).filter((step) => OF_DOCKER.test(step));

test('killed while Docker is put on the bridge or taken off it, bootlet ends as if it had not been', {
  skip,
}, async (t) => {
  const { settings, state } = await aLab(t);
  const bare = await state(settings);
  const setup = cutsIn('setup', await settings.setup());
  const set = await state(settings);
  const reset = cutsIn('reset', await settings.reset());
  await cutEverywhere(t, setup, (step) => settings.kill('setup', step), settings.reset);
  await settings.setup();
  t.strictSame(await state(settings), set, 'set up');
  await cutEverywhere(t, reset, (step) => settings.kill('reset', step), settings.setup);
  await settings.reset();
  t.strictSame(await state(settings), bare, 'and taken back');
});
