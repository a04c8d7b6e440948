import { test } from 'tap';
import { Iptables } from '../../../../daemon/host/iptables/iptables.ts';

test('the back end is found out once, and again after five minutes, for a kubelet may have come with another', async (t) => {
  const clock = { now: 1_000_000 };
  let hint = '';
  let runs = 0;
  const iptables = new Iptables(
    async (program, args) => {
      runs += 1;
      const backEnd = program.includes('legacy') ? 'legacy' : 'nf_tables';
      if (args.includes('--version')) return { exitCode: 0, stdout: `${program} v1.8.9 (${backEnd})`, stderr: '' };
      return { exitCode: 0, stdout: program === 'iptables-legacy-save' ? hint : '', stderr: '' };
    },
    () => clock.now,
  );
  t.equal((await iptables.inUse()).backEnd, 'nft');
  hint = ':KUBE-KUBELET-CANARY - [0:0]\n';
  const before = runs;
  t.equal((await iptables.inUse()).backEnd, 'nft');
  t.equal(runs, before);
  clock.now += 5 * 60_000;
  t.equal((await iptables.inUse()).backEnd, 'legacy');
  t.equal((await iptables.of('ipv4')).backEnd, 'legacy');
  t.notOk(iptables.tellsOfChanges);
});
