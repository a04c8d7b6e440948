import { readFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import { type Host, newHost, POD_CIDRS, startHostDocker } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { type HostSettings, hostSettings } from '../../support/host-settings.ts';
import { aHostPort } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

/**
 * The steps after which the ledger or the host is other than after the step before. A cut at one of the others is the same
 * cut: a change is planned, a ledger that has its entry is left, a command has ended.
 */
const cutsOf = (job: 'setup' | 'reset', steps: readonly string[]): readonly string[] =>
  steps.filter(
    (step, n) =>
      !step.startsWith('planned ') &&
      !step.startsWith(job === 'setup' ? 'struck ' : 'entered ') &&
      !(step.startsWith('applied ') && steps[n - 1]?.startsWith('ran ')),
  );

/**
 * Cuts a set-up and then a reset at each of those steps. What was cut is started again and goes on from there to its own
 * cut, at the next step: each goes over what all before it have left.
 */
const cutEverywhere = async (t: Test, host: Host, settings: HostSettings, of: RegExp): Promise<void> => {
  const bare = await dumpHost(host);
  const { steps: setupSteps } = await settings.setup();
  const set = { dump: await dumpHost(host), ledger: await readFile(settings.ledgerFile, 'utf8') };
  const { steps: resetSteps } = await settings.reset();
  t.strictSame(await dumpHost(host), bare, 'an undisturbed reset leaves the host as it was');

  const cut = async (job: 'setup' | 'reset', steps: readonly string[]): Promise<void> => {
    const cuts = cutsOf(job, steps).filter((step) => of.test(step));
    t.not(cuts.length, 0);
    for (const step of cuts) {
      if (await settings.kill(job, step)) continue;
      // What the cut before had left needed no such step, and the job is done: it is cut there from its start.
      await settings[job === 'setup' ? 'reset' : 'setup']();
      t.ok(await settings.kill(job, step), step);
    }
    await settings[job]();
  };
  await cut('setup', setupSteps);
  t.strictSame(await dumpHost(host), set.dump, 'a set-up that was cut everywhere');
  t.equal(await readFile(settings.ledgerFile, 'utf8'), set.ledger);
  await cut('reset', resetSteps);
  t.strictSame(await dumpHost(host), bare, 'a reset that was cut everywhere');
};

/** Of a pod with an address of each family; one is on 127.0.0.1 too. */
const hostPorts = [
  aHostPort({ podIPs: ['10.22.3.2', 'fd00:22:3::2'] }),
  aHostPort({ hostPort: 53, protocol: 'UDP', hostIP: '192.0.2.1' }),
];

test('killed between any two steps and started again, bootlet ends as if it had not been', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  await cutEverywhere(t, host, await hostSettings(host, { hostPorts }), /./);
});

test('the same for rules of legacy iptables', { skip }, async (t) => {
  const host = await newHost(t, { backEnd: 'legacy', dualStack: true });
  await cutEverywhere(t, host, await hostSettings(host, { hostPorts }), / legacy\b/);
});

test('the same where Docker is put on the bridge and taken off', { skip: skip || missing('dockerd') }, async (t) => {
  const host = await newHost(t);
  const { configFile, restartCommand, endpoint } = await startHostDocker(t, host, { debug: false });
  const network = { podCIDRs: [POD_CIDRS.ipv4], docker: { configFile, restart: restartCommand } };
  const settings = await hostSettings(host, { network, config: { runtime: { docker: { endpoint } } } });
  // A restart of dockerd is none of the ledger's; of the keys that are struck from it one stands for all.
  await cutEverywhere(t, host, settings, /docker: (?!key|dockerd)|ran docker: |docker: key bridge|old-docker-network/);
});
