import { test } from 'tap';
import { describeIssue } from '../../../daemon/config/issue.ts';
import { readConfig } from '../../../daemon/config/read.ts';

const read = (options: string) =>
  readConfig([{ path: '/etc/b.yaml', text: `network:\n  docker:\n    options:\n${options}` }], 'host-1');
const faults = (options: string): string[] => read(options).issues.map(describeIssue);

test("keys of daemon.json are the user's own choice, also those that bootlet does not know", async (t) => {
  const { config, issues } = read('      insecure-registries: [reg:5000]\n      next-years-key: {a: [1]}\n');
  t.same(issues, []);
  t.same(config.network.docker.options, { 'insecure-registries': ['reg:5000'], 'next-years-key': { a: [1] } });
});

test('a key that bootlet sets itself is refused, with where else it comes from', async (t) => {
  t.same(faults('      mtu: 1400\n      bridge: br0\n'), [
    '/etc/b.yaml:4:7: network.docker.options.mtu: may not be set here: set network.bridge.mtu',
    '/etc/b.yaml:5:7: network.docker.options.bridge: may not be set here: bootlet sets it from network.podCIDRs, network.bridge and network.docker.attach',
  ]);
});

test('a value of the wrong type is refused where the type is known', async (t) => {
  t.same(faults('      registry-mirrors: https://mirror\n      live-restore: "yes"\n'), [
    '/etc/b.yaml:4:7: network.docker.options.registry-mirrors: must be a list of texts',
    '/etc/b.yaml:5:7: network.docker.options.live-restore: must be a boolean',
  ]);
});

test('proxies are given as Docker 23 has them', async (t) => {
  t.same(faults('      proxies: {http-proxy: "http://p:3128", no-proxy: .lan}\n'), []);
  t.match(faults('      proxies: {http_proxy: "http://p:3128"}\n'), [/proxies.http_proxy: unknown key; did you mean/]);
});
