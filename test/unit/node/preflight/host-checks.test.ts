import { test } from 'tap';
import { type HostView, hostChecks } from '../../../../daemon/node/preflight/host-checks.ts';
import { proxyCheck } from '../../../../daemon/node/preflight/proxy-check.ts';

const GIB = 2 ** 30;

const aHost = (more: Partial<HostView> = {}): HostView => ({
  nodeName: 'n1',
  swapBytes: 0,
  cgroups: { version: 2, controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids'] },
  uplink: { name: 'eth0', mtu: 1500 },
  bridgeMtu: 0,
  disk: { path: '/var/lib', freeBytes: 50 * GIB, totalBytes: 100 * GIB },
  isTimeSynchronized: true,
  ...more,
});

const find = (name: string, more: Partial<HostView>) => hostChecks(aHost(more)).find((check) => check.name === name);

test('a host that is as it should be passes every check', async (t) => {
  t.ok(hostChecks(aHost()).every(({ result, fix }) => result === 'passed' && fix === ''));
});

test('a name that is none fails, and one that many hosts have is a warning', async (t) => {
  t.match(find('NodeName', { nodeName: 'my_host' }), { result: 'failed', fix: /hostnamectl/ });
  t.match(find('NodeName', { nodeName: 'localhost' }), { result: 'warning' });
});

test('what pods suffer from is a warning with a way out', async (t) => {
  for (const [name, more, message] of [
    ['Swap', { swapBytes: 2 * GIB }, /^2\.0 GiB is on/],
    ['Cgroups', { cgroups: { version: 2, controllers: ['cpu', 'pids'] } }, /without memory/],
    ['MTU', { uplink: { name: 'eth0', mtu: 1000 } }, /too little for IPv6/],
    ['MTU', { bridgeMtu: 9000 }, /would not fit/],
    ['MTU', { uplink: undefined }, /default route/],
    ['Disk', { disk: { path: '/var/lib', freeBytes: GIB, totalBytes: 100 * GIB } }, /DiskPressure/],
    ['TimeSync', { isTimeSynchronized: false }, /not synchronized/],
    ['TimeSync', { isTimeSynchronized: undefined }, /nobody here tells/],
  ] as const) {
    t.match(find(name, more), { result: 'warning', message, fix: /./ }, `${name}: ${message}`);
  }
});

test('a proxy in the environment that would catch the cluster is told, with what spares it', async (t) => {
  const servers = ['https://10.0.0.1:6443', 'https://[2001:db8::1]:6443', 'https://api.example.com'];
  const HTTPS_PROXY = 'http://proxy:3128';
  t.match(proxyCheck({}, servers), { result: 'passed' });
  t.match(proxyCheck({ HTTPS_PROXY }, servers), {
    result: 'warning',
    fix: 'NO_PROXY=10.0.0.1,2001:db8::1,api.example.com',
  });
  for (const NO_PROXY of ['*', '10.0.0.0/8,2001:db8::/32,.example.com', 'example.com, 10.0.0.1, 2001:db8::1']) {
    t.match(proxyCheck({ HTTPS_PROXY, NO_PROXY }, servers), { result: 'passed' }, NO_PROXY);
  }
  t.match(proxyCheck({ HTTPS_PROXY, NO_PROXY: '10.1.0.0/16,ample.com' }, servers), {
    fix: 'NO_PROXY=10.1.0.0/16,ample.com,10.0.0.1,2001:db8::1,api.example.com',
  });
});
