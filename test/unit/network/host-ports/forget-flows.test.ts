import { test } from 'tap';
import { forgetFlows } from '../../../../daemon/network/host-ports/forget-flows.ts';
import type { HostPort } from '../../../../daemon/shared-resources.ts';
import { aHostPort } from '../../../support/network-builders.ts';

const forgotten = async (before: readonly HostPort[], after: readonly HostPort[], exitCode = 0) => {
  const calls: string[] = [];
  await forgetFlows(
    async (program, args) => {
      calls.push([program, ...args].join(' '));
      return { exitCode, stdout: '', stderr: 'why' };
    },
    before,
    after,
  );
  return calls;
};

const dns = aHostPort({ protocol: 'UDP', hostPort: 53 });

test('flows of UDP ports that come, go or lead elsewhere are forgotten', async (t) => {
  const command = 'conntrack --delete --family ipv4 --proto udp --orig-port-dst 53';
  t.same(await forgotten([], [dns]), [command]);
  t.same(await forgotten([dns], []), [command]);
  t.same(await forgotten([dns], [{ ...dns, podIPs: ['10.22.3.9'] }]), [command], 'once');
  t.same(await forgotten([], [{ ...dns, hostIP: '192.0.2.1' }]), [`${command} --orig-dst 192.0.2.1`]);
});

test('flows of ports that stay, and of TCP, are left alone', async (t) => {
  t.same(await forgotten([dns], [dns]), []);
  t.same(await forgotten([], [aHostPort()]), []);
});

test('that there is no flow, or no such program, is no failure', async (t) => {
  await forgotten([], [dns], 1);
  await forgotten([], [dns], 127);
  await t.rejects(forgotten([], [dns], 2), { code: 'E_HOST_COMMAND' });
});
