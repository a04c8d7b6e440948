import { readFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import { type Host, newHost } from '../../lab/network/host.ts';
import { cutEverywhere, cutsOf } from '../../support/cut-everywhere.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { type HostSettings, hostSettings } from '../../support/host-settings.ts';
import { aHostPort } from '../../support/network-builders.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

const cutSetupAndReset = async (t: Test, host: Host, settings: HostSettings, of: RegExp): Promise<void> => {
  const bare = await dumpHost(host);
  const { steps: setupSteps } = await settings.setup();
  const set = { dump: await dumpHost(host), ledger: await readFile(settings.ledgerFile, 'utf8') };
  const { steps: resetSteps } = await settings.reset();
  t.strictSame(await dumpHost(host), bare, 'an undisturbed reset leaves the host as it was');

  const cuts = (job: 'setup' | 'reset', steps: readonly string[]) => cutsOf(job, steps).filter((step) => of.test(step));
  await cutEverywhere(t, cuts('setup', setupSteps), (step) => settings.kill('setup', step), settings.reset);
  await settings.setup();
  t.strictSame(await dumpHost(host), set.dump, 'a set-up that was cut everywhere');
  t.equal(await readFile(settings.ledgerFile, 'utf8'), set.ledger);
  await cutEverywhere(t, cuts('reset', resetSteps), (step) => settings.kill('reset', step), settings.setup);
  await settings.reset();
  t.strictSame(await dumpHost(host), bare, 'a reset that was cut everywhere');
};

/** Of a pod with an address of each family; one is on 127.0.0.1 too. */
const hostPorts = [
  aHostPort({ podIPs: ['10.22.3.2', 'fd00:22:3::2'] }),
  aHostPort({ hostPort: 53, protocol: 'UDP', hostIP: '192.0.2.1' }),
];

test('killed between any two steps and started again, bootlet ends as if it had not been', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  await cutSetupAndReset(t, host, await hostSettings(host, { hostPorts }), /./);
});

test('the same for rules of legacy iptables', { skip }, async (t) => {
  const host = await newHost(t, { backEnd: 'legacy', dualStack: true });
  await cutSetupAndReset(t, host, await hostSettings(host, { hostPorts }), / legacy\b/);
});
