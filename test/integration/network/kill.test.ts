import { readFile } from 'node:fs/promises';
import { type Test, test } from 'tap';
import { type Host, newHost } from '../../lab/network/host.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { type HostSettings, hostSettings } from '../../support/host-settings.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

/**
 * The steps, counted from 1, after which the ledger or the host is other than after the step before. A cut at one of the
 * others is the same cut: a change is planned, a ledger that has its entry is left, a command has ended.
 */
const cutsOf = (job: 'setup' | 'reset', steps: readonly string[], of: RegExp): readonly number[] =>
  steps.flatMap((step, n) => {
    const isSame =
      step.startsWith('planned ') ||
      step.startsWith(job === 'setup' ? 'struck ' : 'entered ') ||
      (step.startsWith('applied ') && steps[n - 1]?.startsWith('ran '));
    return isSame || !of.test(step) ? [] : [n + 1];
  });

/** Cuts a set-up and a reset at each step of those settings, and runs each through after that. */
const cutEverywhere = async (t: Test, host: Host, settings: HostSettings, of: RegExp): Promise<void> => {
  const bare = await dumpHost(host);
  const { steps: setupSteps } = await settings.setup();
  const set = { dump: await dumpHost(host), ledger: await readFile(settings.ledgerFile, 'utf8') };
  const { steps: resetSteps } = await settings.reset();
  t.strictSame(await dumpHost(host), bare, 'an undisturbed reset leaves the host as it was');
  const setups = cutsOf('setup', setupSteps, of);
  const resets = cutsOf('reset', resetSteps, of);
  t.ok(setups.length > 0 && resets.length > 0);

  for (let n = 0; n < Math.max(setups.length, resets.length); n += 1) {
    const [setup, reset] = [setups[n], resets[n]];
    if (setup !== undefined) t.ok(await settings.kill('setup', setup));
    await settings.setup();
    t.strictSame(await dumpHost(host), set.dump, `set up, after a cut where it ${setupSteps[(setup ?? 0) - 1]}`);
    t.equal(await readFile(settings.ledgerFile, 'utf8'), set.ledger);
    if (reset !== undefined) t.ok(await settings.kill('reset', reset));
    await settings.reset();
    t.strictSame(await dumpHost(host), bare, `reset, after a cut where it ${resetSteps[(reset ?? 0) - 1]}`);
  }
};

test('killed between any two steps and started again, bootlet ends as if it had not been', { skip }, async (t) => {
  const host = await newHost(t, { dualStack: true });
  await cutEverywhere(t, host, await hostSettings(host), /./);
});

test('the same for rules of legacy iptables', { skip }, async (t) => {
  const host = await newHost(t, { backEnd: 'legacy', dualStack: true });
  await cutEverywhere(t, host, await hostSettings(host), / legacy\b/);
});
