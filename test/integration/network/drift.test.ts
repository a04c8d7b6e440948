import { test } from 'tap';
import type { Bootlet } from '../../lab/bootlet.ts';
import { type Host, newHost, POD_CIDRS, startHostBootlet, startHostDocker } from '../../lab/network/host.ts';
import { serveRestarts } from '../../lab/network/restart.ts';
import { networkCondition, networkOf, networkSettled } from '../../lab/network/settled.ts';
import { silentSocket } from '../../lab/silent-socket.ts';
import { until } from '../../lab/until.ts';
import { type DriftName, drifts, repairOf } from '../../support/drift.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('dockerd', 'nsenter', 'setpriv', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

/**
 * Such that no poll comes while a test runs, nor does the full check, each five minutes: what is repaired within the
 * minute of `repairOf` is repaired on the event.
 */
const NEVER = 3600;
/** In the middle, since a machine that does other things too makes some wait. */
const ON_EVENT_MS = 1000;
/** With a poll each second. */
const POLLED_MS = 10_000;

const middleOf = (times: readonly number[]): number => [...times].sort((a, b) => a - b)[times.length >> 1] ?? 0;

const repairsOf = async (bootlet: Bootlet): Promise<number> =>
  (await networkOf(bootlet)).status.settings.reduce((sum, { repairs }) => sum + repairs, 0);

/** As `repairOf`, and waits until bootlet has seen that it is repaired: damage before that would be one more repair. */
const seenRepairOf = async (host: Host, bootlet: Bootlet, name: DriftName): Promise<number> => {
  const before = await repairsOf(bootlet);
  const ms = await repairOf(host, name);
  await until(async () => (await repairsOf(bootlet)) > before, { what: `the end of a repair of: ${name}` });
  return ms;
};

/** So many for one life of the daemon that none is taken for a fight. */
const lives: readonly (readonly DriftName[])[] = [
  ['link down', 'link deleted', 'masquerade jump deleted', 'forward jump deleted'],
  ['MTU changed', 'address deleted', 'IPv6 address deleted'],
  ['route deleted'],
];

test('what others change in links, addresses, routes and rules of nft is put right on the event', {
  skip,
}, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker, {
    podCIDRs: Object.values(POD_CIDRS),
    network: { pollSeconds: NEVER },
  });
  const times: number[] = [];
  for (const names of lives) {
    await networkSettled(bootlet);
    for (const name of names) {
      times.push(await seenRepairOf(host, bootlet, name));
      await networkSettled(bootlet);
    }
    await bootlet.restart();
  }
  t.ok(middleOf(times) < ON_EVENT_MS, times.map(Math.round).join(' '));
});

test('it is put right at once also while Docker is away for a restart, and its socket held for it', {
  skip,
}, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  // May be a container's, for which Docker is asked.
  await host.run('ip', 'link', 'add', 'loose', 'type', 'veth', 'peer', 'name', 'loose-peer');
  const [stopped, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const restart = async () => {
    await docker.stop();
    const release = await silentSocket(docker.socket);
    stopped.resolve();
    await goOn.promise;
    await release();
    await docker.start();
  };
  const command = await serveRestarts(t, { ...docker, restart });
  const { configFile } = docker;
  const network = { pollSeconds: NEVER, docker: { configFile, restart: command } };
  const bootlet = await startHostBootlet(t, host, docker, { network });
  await stopped.promise;
  const times: number[] = [];
  for (const name of ['address deleted', 'masquerade jump deleted', 'link deleted'] as const)
    times.push(await seenRepairOf(host, bootlet, name));
  t.ok(middleOf(times) < ON_EVENT_MS, times.map(Math.round).join(' '));
  goOn.resolve();
  await networkSettled(bootlet);
});

test('what tells of no change is polled: sysctls and rules of legacy iptables', { skip }, async (t) => {
  const host = await newHost(t, { backEnd: 'legacy' });
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker, { network: { pollSeconds: 1 } });
  await networkSettled(bootlet);
  for (const name of ['forwarding off', 'masquerade jump deleted', 'forward jump deleted'] as const) {
    const ms = await seenRepairOf(host, bootlet, name);
    t.ok(ms < POLLED_MS, `${name}: ${Math.round(ms)} ms`);
  }
});

test('what somebody keeps undoing is reported as a fight and put right at a slowing pace', { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker, { network: { pollSeconds: NEVER } });
  await networkSettled(bootlet);
  const { damage, look } = drifts['MTU changed'];
  const whole = await look(host);
  for (let n = 0; n < 3; n += 1) await seenRepairOf(host, bootlet, 'MTU changed');
  await networkSettled(bootlet);
  await damage(host);
  const { message } = await networkCondition(bootlet, 'NetworkConfigured', { reason: 'NetworkFight' });
  t.match(message, /cbr0: put right 3 times in the last 10 minutes/);
  await until(async () => (await look(host)) === whole, { what: 'a repair in spite of that' });
  const isStillFought = async () => {
    const { status } = await networkOf(bootlet);
    const bridge = status.settings.find(({ metadata }) => metadata.name === 'bridge');
    return bridge?.state === 'fought' && bridge.repairs === 4;
  };
  await until(isStillFought, { what: 'a fight that is still told of' });
});

test('a fight over rules of nft is told with the name of the other', { skip }, async (t) => {
  const host = await newHost(t);
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker, { network: { pollSeconds: NEVER } });
  await networkSettled(bootlet);
  const { look } = drifts['masquerade jump deleted'];
  const whole = await look(host);
  const flush = () => host.run('nft', 'flush', 'chain', 'ip', 'nat', 'POSTROUTING');
  for (let n = 0; n < 3; n += 1) {
    const before = await repairsOf(bootlet);
    await flush();
    await until(async () => (await look(host)) === whole, { what: 'a repair' });
    await until(async () => (await repairsOf(bootlet)) > before, { what: 'the end of the repair' });
  }
  await flush();
  const { message } = await networkCondition(bootlet, 'NetworkConfigured', { reason: 'NetworkFight' });
  t.match(message, /^masquerade: .* undone again \(by nft \(pid \d+\)\)/);
});

test('a link that flaps leaves the network of pods as it was', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  const docker = await startHostDocker(t, host);
  const bootlet = await startHostBootlet(t, host, docker, { podCIDRs: Object.values(POD_CIDRS) });
  await networkSettled(bootlet);
  const before = await drifts['link down'].look(host);
  for (const link of ['eth0', 'cbr0', 'eth0'])
    for (const state of ['down', 'up']) await host.run('ip', 'link', 'set', link, state);
  await until(async () => (await drifts['link down'].look(host)) === before, { what: 'a bridge as it was' });
  await networkSettled(bootlet);
});
