import { test } from 'tap';
import { otherMasquerades } from '../../../daemon/network/other-masquerades.ts';
import { rangeOf } from '../../../daemon/network/plan-spec.ts';

const told = (rule: string): string | undefined =>
  otherMasquerades({ range: rangeOf('10.22.3.0/24'), tool: 'iptables-nft', rules: [rule] })[0]?.advice;

const olderTools: readonly (readonly [maker: string, rule: string])[] = [
  ['the classic from-scratch guide', '! -d 10.22.0.0/16 -m addrtype ! --dst-type LOCAL -j MASQUERADE'],
  [
    'kubenet',
    '! -d 10.0.0.0/8 -m comment --comment "kubenet: SNAT for outbound traffic from cluster" -m addrtype ! --dst-type LOCAL -j MASQUERADE',
  ],
  ["Docker's ip-masq", '-s 10.22.3.0/24 ! -o cbr0 -j MASQUERADE'],
  ['ip-masq-agent', '-m comment --comment "ip-masq-agent" -m addrtype ! --dst-type LOCAL -j IP-MASQ-AGENT'],
  ['flannel', '-m comment --comment "flanneld masq" -j FLANNEL-POSTRTG'],
  ['another tool', '-s 10.22.0.0/16 ! -d 10.22.0.0/16 -j SNAT --to-source 192.0.2.1'],
];
for (const [maker, rule] of olderTools) {
  test(`a masquerade of ${maker} is told, with the command that removes just it`, (t) => {
    t.match(told(rule), `masqueraded by ${maker} too`);
    t.ok(told(rule)?.includes(`(iptables-nft -t nat -D POSTROUTING ${rule})`));
    t.end();
  });
}

const others: readonly (readonly [what: string, rule: string])[] = [
  ['of another network of Docker', '-s 172.18.0.0/16 ! -o br-0123456789ab -j MASQUERADE'],
  ['of what leaves by one interface', '-o tun0 -j MASQUERADE'],
  ['of marked packets', '-m mark --mark 0x4000/0x4000 -j MASQUERADE'],
  ['of everything but pods', '! -s 10.22.0.0/16 -j MASQUERADE'],
];
for (const [what, rule] of others) {
  test(`a masquerade ${what} is nobody's business here`, (t) => {
    t.equal(told(rule), undefined);
    t.end();
  });
}

test("kube-proxy's chain is no duplicate", (t) => {
  t.equal(told('-m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING'), undefined);
  t.end();
});
