import { test } from 'tap';
import { type Host, newHost } from '../../lab/network/host.ts';
import { drifts } from '../../support/drift.ts';
import { dumpHost } from '../../support/host-dump.ts';
import { hostSettings } from '../../support/host-settings.ts';
import { addManyRules } from '../../support/many-rules.ts';
import { missing } from '../../support/requires.ts';

const skip = missing('nsenter', 'unshare', 'ip', 'nft', 'iptables-legacy', 'sysctl');

/** All rules and chains of the host that are not bootlet's, as its own iptables prints them. */
const foreignRules = async (host: Host): Promise<readonly string[]> =>
  (await host.run('iptables-save', '-t', 'nat'))
    // What packets they saw is no part of them.
    .replace(/ \[\d+:\d+\]$/gm, '')
    .split('\n')
    .filter((line) => /^-A|^:/.test(line) && !line.includes('BOOTLET'));

for (const backEnd of ['nft', 'legacy'] as const) {
  test(`10,000 rules of others in 1,000 chains of ${backEnd} are the same, byte for byte, whatever bootlet does`, {
    skip,
  }, async (t) => {
    const host = await newHost(t, { backEnd, dualStack: true });
    await addManyRules(host);
    const bare = await dumpHost(host);
    const before = await foreignRules(host);
    t.ok(before.length > 10_000);
    const settings = await hostSettings(host);
    await settings.setup();
    t.strictSame(await foreignRules(host), before, 'once it is set up');
    await drifts['masquerade jump deleted'].damage(host);
    await settings.setup();
    t.strictSame(await foreignRules(host), before, 'once it is repaired');
    await settings.reset();
    t.strictSame(await dumpHost(host), bare, 'once it is taken back');
  });
}
