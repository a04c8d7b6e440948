import { test } from 'tap';
import { Iptables } from '../../../../daemon/host/iptables/iptables.ts';
import { portsInPlace } from '../../../../daemon/network/host-ports/in-place.ts';
import { HOSTPORTS, hostPortRules } from '../../../../daemon/network/host-ports/rules.ts';
import { rangeOf } from '../../../../daemon/network/plan-spec.ts';
import type { HostPort } from '../../../../daemon/shared-resources.ts';
import { aHostPort } from '../../../support/network-builders.ts';

/** The rules of a host that an earlier daemon led these ports on, and a rule of somebody else. */
const aHostWith = (ports: readonly HostPort[]) =>
  new Iptables(async (program, args) => {
    if (args.includes('--version')) return { exitCode: 0, stdout: `${program} v1.8.9 (nf_tables)`, stderr: '' };
    const chains = hostPortRules(program.startsWith('ip6') ? 'ipv6' : 'ipv4', ports)?.chains ?? [];
    const rules = chains.find(({ chain }) => chain === HOSTPORTS.chain)?.rules ?? [];
    const lines = [...rules, '-p udp -j ACCEPT'].map((rule) => `-A ${HOSTPORTS.chain} ${rule}`);
    return { exitCode: 0, stdout: `${lines.join('\n')}\n`, stderr: '' };
  });

const ranges = [rangeOf('10.22.3.0/24'), rangeOf('fd00:22:3::/64')];

test('ports that an earlier daemon made are found, and those of pods that ended meanwhile told apart', async (t) => {
  const stays = aHostPort();
  const anew = aHostPort({ uid: 'b', hostPort: 81 });
  const dns = aHostPort({ uid: 'c', protocol: 'UDP', hostPort: 53, containerPort: 5353 });
  const ended = [
    { ...dns, podIPs: ['10.22.3.9', 'fd00:22:3::9'] },
    { ...dns, hostIP: '192.0.2.1', hostPort: 54 },
  ];
  const found = await portsInPlace([stays, anew], { ranges }, aHostWith([stays, ...ended]));
  t.same(found.ports, [stays]);
  const nobodys = { ...dns, pod: '', uid: '' };
  t.same(found.ended, [
    { ...nobodys, podIPs: ['10.22.3.9'] },
    { ...nobodys, hostIP: '192.0.2.1', hostPort: 54 },
    { ...nobodys, podIPs: ['fd00:22:3::9'] },
  ]);
});
