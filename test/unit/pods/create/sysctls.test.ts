import { test } from 'tap';
import { forbiddenSysctls, sysctlsOf } from '../../../../daemon/pods/create/sysctls.ts';
import { aPod } from '../../../support/pod-builders.ts';

const podWith = (name: string, more: Parameters<typeof aPod>[0] = {}) =>
  aPod({ hostNetwork: false, securityContext: { sysctls: [{ name, value: '1' }] }, ...more });

test('safe sysctls are allowed, and others only by name or pattern', async (t) => {
  t.equal(forbiddenSysctls(aPod(), []), undefined);
  t.equal(forbiddenSysctls(podWith('net.ipv4.tcp_syncookies'), []), undefined);
  t.equal(forbiddenSysctls(podWith('kernel.msgmax'), []), 'forbidden sysctl: "kernel.msgmax" not allowlisted');
  t.equal(forbiddenSysctls(podWith('kernel.msgmax'), ['kernel.msg*']), undefined);
  t.equal(forbiddenSysctls(podWith('net.core.somaxconn'), ['net.core.somaxconn']), undefined);
});

test('a sysctl of a namespace that is the host’s is forbidden', async (t) => {
  t.match(
    forbiddenSysctls(podWith('net.ipv4.tcp_rmem', { hostNetwork: true }), []),
    /not allowed with host Net enabled/,
  );
  t.match(forbiddenSysctls(podWith('kernel.shm_rmid_forced', { hostIPC: true }), []), /with host IPC enabled/);
  t.equal(forbiddenSysctls(podWith('net.ipv4.tcp_rmem', { hostIPC: true }), []), undefined);
});

test('a name with slashes is the same as one with dots', async (t) => {
  t.same(sysctlsOf(podWith('net/ipv4/conf/eth0.1/forwarding')), { 'net.ipv4.conf.eth0/1.forwarding': '1' });
  t.equal(forbiddenSysctls(podWith('net/ipv4/tcp_syncookies'), []), undefined);
  t.equal(forbiddenSysctls(podWith('kernel.sem'), ['kernel/sem']), undefined);
});
