import fc from 'fast-check';
import { test } from 'tap';
import { planRules } from '../../../../daemon/host/iptables/plan-rules.ts';
import { FROM, HOSTPORTS, hostPortRules, MASQUERADE } from '../../../../daemon/network/host-ports/rules.ts';
import { IptablesModel } from '../../../support/iptables-model.ts';
import { aHostPort } from '../../../support/network-builders.ts';

const rulesOf = (...args: Parameters<typeof hostPortRules>): readonly string[] =>
  hostPortRules(...args)?.chains.flatMap(({ rules }) => rules) ?? [];

test('a host port leads to its pod by a rule in the family of each of its addresses', async (t) => {
  const port = aHostPort({ podIPs: ['10.22.3.2', 'fd00::2'], containerPort: 8080 });
  t.match(rulesOf('ipv4', [port])[0], /^-p tcp -m tcp --dport 80 .*-j DNAT --to-destination 10\.22\.3\.2:8080$/);
  t.match(rulesOf('ipv6', [port])[0], /--to-destination \[fd00::2\]:8080$/);
  t.equal(hostPortRules('ipv6', [aHostPort()]), undefined, 'a pod without an address of IPv6');
});

test('a port of one address leads to its pod on that address only', async (t) => {
  t.match(rulesOf('ipv4', [aHostPort({ hostIP: '192.0.2.1' })])[0], /^-d 192\.0\.2\.1\/32 -p tcp/);
  const dual = { podIPs: ['10.22.3.2', 'fd00::2'] };
  t.equal(hostPortRules('ipv6', [aHostPort({ ...dual, hostIP: '0.0.0.0' })]), undefined);
  t.same(rulesOf('ipv4', [aHostPort({ ...dual, hostIP: '::' })]), []);
});

test('UDP and SCTP are told apart', async (t) => {
  t.match(rulesOf('ipv4', [aHostPort({ protocol: 'UDP' })])[0], /-p udp -m udp --dport 80/);
  t.match(rulesOf('ipv4', [aHostPort({ protocol: 'SCTP' })])[0], /-p sctp -m sctp --dport 80/);
});

test('only a pod that asks itself, and loopback addresses, come from another address', async (t) => {
  const masquerades = (hostIP: string) =>
    rulesOf('ipv4', [aHostPort({ hostIP })])
      .filter((rule) => rule.endsWith('-j MASQUERADE'))
      .map((rule) => rule.split(' ').slice(0, 4).join(' '));
  const itself = '-s 10.22.3.2/32 -d 10.22.3.2/32';
  t.same(masquerades(''), [itself, '-s 127.0.0.0/8 -d 10.22.3.2/32']);
  t.same(masquerades('127.0.0.1'), [itself, '-s 127.0.0.0/8 -d 10.22.3.2/32']);
  t.same(masquerades('192.0.2.1'), [itself]);
});

test('a comment of a pod with a long name is no longer than iptables takes', async (t) => {
  const [rule = ''] = rulesOf('ipv4', [aHostPort({ pod: `${'n'.repeat(63)}/${'p'.repeat(253)}` })]);
  t.equal(/"(bootlet: .*)"/.exec(rule)?.[1]?.length, 255);
});

const port = fc
  .record({
    hostIP: fc.constantFrom('', '0.0.0.0', '192.0.2.1', '127.0.0.1'),
    hostPort: fc.constantFrom(80, 81, 82),
    podIPs: fc.constantFrom(['10.22.3.2'], ['10.22.3.3']),
  })
  .map(aHostPort);

test('from any ports to any others, the rules of others stay, and a second look finds nothing to do', async (t) => {
  const others = { PREROUTING: ['-j KUBE-SERVICES'], OUTPUT: [], POSTROUTING: ['-j KUBE-POSTROUTING'] };
  fc.assert(
    fc.property(fc.array(fc.array(port), { maxLength: 5 }), (history) => {
      const model = new IptablesModel(others);
      const names = [...new Set([HOSTPORTS, MASQUERADE, ...FROM].map(({ chain }) => chain))];
      const plan = (ports: Parameters<typeof hostPortRules>[1]) => {
        const wanted = hostPortRules('ipv4', ports);
        const own = [HOSTPORTS, MASQUERADE].map(
          (name) => wanted?.chains.find(({ chain }) => chain === name.chain) ?? { ...name, rules: undefined },
        );
        return planRules({ own, jumps: wanted?.jumps ?? [], observed: model.observe(names) });
      };
      for (const ports of history) {
        model.restore(plan(ports)?.payload ?? '');
        if (plan(ports) !== undefined) throw new Error('not as it should be');
      }
      model.restore(plan([])?.payload ?? '');
      t.same(model.chains, others);
    }),
    { numRuns: 50 },
  );
});
