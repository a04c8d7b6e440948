import fc from 'fast-check';
import { test } from 'tap';
import { describeIssue } from '../../../daemon/config/issue.ts';
import { readConfig } from '../../../daemon/config/read.ts';
import { schema } from '../../../daemon/config/schema.ts';

const read = (...texts: string[]) =>
  readConfig(
    texts.map((text, i) => ({ path: `/etc/${i}.yaml`, text })),
    'Host-1',
  );
const faults = (...texts: string[]): string[] => read(...texts).issues.map(describeIssue);

test('an empty file and no file at all give the defaults', async (t) => {
  for (const result of [read(), read(''), read('# nothing\n'), read('---\n')]) {
    t.same(result.issues, []);
    t.same(result.config, { ...schema.fallback, nodeName: 'host-1' });
  }
});

test('a key without a value counts as absent', async (t) => {
  const { config, issues } = read('paths:\nnodeIPs:\npods:\n  logs:\n');
  t.same(issues, []);
  t.same(config.paths, schema.fallback.paths);
});

test('sizes are quantities and come out in bytes', async (t) => {
  t.equal(read('pods: {logs: {maxSize: 10Mi}}').config.pods.logs.maxSize, 10 * 1024 * 1024);
  t.equal(read('pods: {logs: {maxSize: 1.5k}}').config.pods.logs.maxSize, 1500);
  t.equal(read('pods: {logs: {maxSize: 2048}}').config.pods.logs.maxSize, 2048);
  t.same(faults('pods: {logs: {maxSize: 10Mb}}'), ['/etc/0.yaml:1:24: pods.logs.maxSize: must be a size such as 10Mi']);
});

test('later files are laid over earlier ones: maps key by key, lists whole', async (t) => {
  const { config, issues } = read(
    'nodeIPs: [10.0.0.1, 10.0.0.2]\npaths: {state: /a, run: /b}\n',
    'nodeIPs: [10.0.0.3]\npaths: {run: /c}\n',
  );
  t.same(issues, []);
  t.same(config.nodeIPs, ['10.0.0.3']);
  t.match(config.paths, { state: '/a', run: '/c', manifests: '/etc/kubernetes/manifests' });
});

test('every fault of every file is found at once, each at its place', async (t) => {
  t.same(faults('paths:\n  manifest: /x\n  state: rel\n', 'mode: companian\nnetwork: {manage: no}\n'), [
    '/etc/0.yaml:2:3: paths.manifest: unknown key; did you mean "manifests"?',
    '/etc/0.yaml:3:10: paths.state: must be an absolute path, not "rel"',
    '/etc/1.yaml:1:7: mode: must be standalone or companion, not "companian"; did you mean "companion"?',
    '/etc/1.yaml:2:19: network.manage: must be true or false, not "no"',
  ]);
});

test('a fault inside a list names the item', async (t) => {
  t.same(faults('nodeIPs: [10.0.0.1, 300.1.1.1, "fd00::1", "fd00::g", "fe80::1%eth0"]'), [
    '/etc/0.yaml:1:21: nodeIPs[1]: must be an IP address, not "300.1.1.1"',
    '/etc/0.yaml:1:43: nodeIPs[3]: must be an IP address, not "fd00::g"',
    '/etc/0.yaml:1:54: nodeIPs[4]: must be an IP address, not "fe80::1%eth0"',
  ]);
});

test('broken YAML, a key written twice, an alias and a document that is no map are faults with a place', async (t) => {
  t.match(faults('mode: [\n'), [/^\/etc\/0\.yaml:\d+:\d+: /]);
  t.match(faults('mode: standalone\nmode: standalone\n'), [/^\/etc\/0\.yaml:2:1: Map keys must be unique/]);
  t.match(faults('nodeName: &a x\npaths: {state: *a}\n'), [/^\/etc\/0\.yaml:2:16: aliases are not taken/]);
  t.match(faults('- mode\n'), [/^\/etc\/0\.yaml:1:1: must be a map/]);
});

test('what this version does not carry out is refused by name, unless it is set to what has no effect', async (t) => {
  const { issues } = read('mode: companion\nnetwork: {routes: host-gw}');
  t.match(issues, [
    { code: 'E_CONFIG_UNSUPPORTED', field: 'mode', line: 1, column: 1 },
    { code: 'E_CONFIG_UNSUPPORTED', field: 'network.routes', line: 2, column: 11 },
  ]);
  t.same(faults('mode: standalone\nnetwork: {manage: false, routes: none}'), []);
});

test('every path may be set, also those of parts that are not there yet', async (t) => {
  t.same(faults('nodeIPs: [10.0.0.1]\npaths: {run: /r, kubeconfig: /k, sysctlFile: /s, modulesFile: /m}'), []);
});

test('what is not supported is told beside what is not valid', async (t) => {
  t.match(read('mode: companion\nmod: x\n').issues, [{ code: 'E_CONFIG_UNSUPPORTED' }, { code: 'E_CONFIG_INVALID' }]);
});

test('any text is read without an exception', async (t) => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void read(text)));
  fc.assert(fc.property(fc.json(), (text) => void read(text)));
  t.pass();
});

test('thresholds are quantities or percentages of what is known', async (t) => {
  const { config, issues } = read("node: {evictionHard: {pid.available: 5%, memory.available: '1Gi'}}");
  t.same(issues, []);
  t.same(config.node.evictionHard, { 'pid.available': '5%', 'memory.available': '1Gi' });
  t.same(faults('node: {evictionHard: {memory.availabel: 1Gi, nodefs.available: 100%, imagefs.available: 9ki}}'), [
    '/etc/0.yaml:1:23: node.evictionHard.memory.availabel: unknown key; did you mean "memory.available"?',
    '/etc/0.yaml:1:64: node.evictionHard.nodefs.available: must be a quantity such as 100Mi or a percentage such as 10%, not "100%"',
    '/etc/0.yaml:1:89: node.evictionHard.imagefs.available: must be a quantity such as 100Mi or a percentage such as 10%, not "9ki"',
  ]);
});

test('a source of pods is https without credentials in its address, unless it may be insecure', async (t) => {
  const faultsOf = (source: string) => faults(`pods: {http: [{${source}}]}`).map((text) => text.replace(/^.*?: /, ''));
  t.same(faultsOf('url: "https://pods.example/list"'), []);
  t.same(faultsOf('url: "http://10.0.0.1/", allowInsecure: true'), []);
  t.match(faultsOf('url: "http://10.0.0.1/"'), [/^pods\.http\[0\]: url must begin with https/]);
  t.same(faultsOf('url: "https://me:secret@pods.example/"'), [
    'pods.http[0]: url must be without credentials: those belong into headersFile',
  ]);
  t.match(faultsOf('intervalSeconds: 5'), [/^pods\.http\[0\]: url must begin/]);
});

test('two sources of pods are two addresses, whatever their queries, which are never shown', async (t) => {
  const source = (query: string) => `{url: "https://pods.example/list${query}"}`;
  t.same(faults(`pods: {http: [${source('')}, ${source('/b')}]}`), []);
  t.same(faults(`pods: {http: [${source('?token=a')}, ${source('?token=b')}]}`), [
    '/etc/0.yaml:1:8: pods.http[1].url: is the address of pods.http[0] again; a query does not tell two apart',
  ]);
});

test('what is reserved is given in quantities, with or without a unit', async (t) => {
  t.same(faults('node:\n  reserved: {system: {cpu: 1, memory: 256Mi}, kube: {cpu: 100m}}\n'), []);
  t.match(faults('node:\n  reserved: {system: {cpu: much}}\n'), [
    /^\/etc\/0\.yaml:2:\d+: node\.reserved\.system\.cpu: /,
  ]);
});

test('images are not collected to a level above the one at which collecting begins', async (t) => {
  t.same(faults('pods: {imageGC: {lowPercent: 60, highPercent: 70}}'), []);
  t.same(faults('pods: {imageGC: {highPercent: 70}}\n'), [
    '/etc/0.yaml:1:17: pods.imageGC.lowPercent: must not be above highPercent, which is 70',
  ]);
});

test("ranges that cannot be pods' are refused, each at its place", async (t) => {
  t.same(
    faults(
      'network:\n  podCIDRs:\n    - 10.22.3.0/31\n    - 10.23.0.0/24\n    - 169.254.1.0/24\n    - 10.23.0.128/25\n',
    ),
    [
      '/etc/0.yaml:3:7: network.podCIDRs[0]: has no room for a pod: an IPv4 range has a prefix of at most /30',
      '/etc/0.yaml:4:7: network.podCIDRs[1]: is a second IPv4 range: a pod has one address of each family',
      '/etc/0.yaml:5:7: network.podCIDRs[2]: holds addresses of one link (169.254.0.0/16)',
      '/etc/0.yaml:6:7: network.podCIDRs[3]: is a second IPv4 range: a pod has one address of each family',
    ],
  );
  t.match(faults('network: {podCIDRs: [10.23.0.0/24, 10.23.0.128/25]}'), [
    /is a second IPv4 range and overlaps 10\.23\.0\.0\/24/,
  ]);
  t.match(faults('network: {podCIDRs: ["fd00::/64"]}'), [/podCIDRs\[0\]: is of IPv6 alone/]);
  t.match(faults('network: {podCIDRs: [10.23.0.0/24]}\nnodeIPs: [10.23.0.7]'), [
    /holds 10\.23\.0\.7, which is one of nodeIPs/,
  ]);
  t.match(faults('network: {podCIDRs: [nonsense]}'), [/must be a network/]);
  t.same(faults('network: {podCIDRs: [10.23.0.0/30, "fd00::/126"]}'), []);
});

test("ranges that cannot be services' are refused, each at its place", async (t) => {
  const services = (cidrs: string, more = '') => faults(`network: {serviceCIDRs: [${cidrs}]${more}}`);
  t.same(services('10.96.0.0/12, "fd00:96::/112"'), []);
  t.same(services('"fd00:96::/112"'), [], 'of IPv6 alone');
  t.match(services('127.0.0.0/16'), [/network\.serviceCIDRs\[0\]: holds addresses of the loopback/]);
  t.match(services('10.96.0.0/12, 10.97.0.0/16'), [
    /serviceCIDRs\[1\]: is a second IPv4 range and overlaps 10\.96\.0\.0\/12: a service has one/,
  ]);
  t.match(services('10.16.0.0/12', ', podCIDRs: [10.22.3.0/24]'), [/overlaps 10\.22\.3\.0\/24, which pods have/]);
  t.match(faults('network: {serviceCIDRs: [10.96.0.0/12]}\nnodeIPs: [10.96.0.7]'), [
    /serviceCIDRs\[0\]: holds 10\.96\.0\.7, which is one of nodeIPs/,
  ]);
});

test('a range is configured or comes from flannel, not both', async (t) => {
  t.match(faults('network: {podCIDRs: [10.23.0.0/24], flannel: {subnetFile: /run/flannel/subnet.env}}'), [
    /^\/etc\/0\.yaml:1:11: network\.podCIDRs: must be empty where network\.flannel\.subnetFile names a file/,
  ]);
});

test('a bridge has a name that the kernel takes and nothing reads otherwise', async (t) => {
  const named = (name: string) => faults(`network: {bridge: {name: ${JSON.stringify(name)}}}`);
  t.same(['cbr0', 'a', 'br-pods.7', 'fifteen-letters'].flatMap(named), []);
  for (const name of [
    '',
    'sixteen--letters',
    'a b',
    'a/b',
    '..',
    '-a',
    'br%d',
    'br+',
    'br:1',
    'lo',
    'all',
    'docker0',
    'none',
  ]) {
    t.match(named(name), [/^\/etc\/0\.yaml:1:20: network\.bridge\.name: must be/], name);
  }
});

test('an MTU that IP cannot do with is refused', async (t) => {
  t.match(faults('network: {bridge: {mtu: 575}}'), [
    /^\/etc\/0\.yaml:1:20: network\.bridge\.mtu: must be at least 576/,
  ]);
  t.match(faults('network: {bridge: {mtu: 1279}, podCIDRs: [10.0.0.0/24, "fd00::/64"]}'), [
    /must be at least 1280 with IPv6/,
  ]);
  t.same(faults('network: {bridge: {mtu: 1279}, podCIDRs: [10.0.0.0/24]}'), []);
});

test('sysctls have a name and a value, and do not switch forwarding off', async (t) => {
  const set = (name: string, value: string) => faults(`network: {sysctls: {"${name}": ${value}}}`);
  t.same(set('net.core.somaxconn', '4096'), []);
  t.same(set('net/ipv4/conf/eth0.7/rp_filter', '2'), []);
  t.same(set('net.ipv4.tcp_rmem', '4096 131072 6291456'), []);
  for (const name of ['somaxconn', '../x', 'net..x', '/net/core', 'net.core.', 'a b.c'])
    t.match(set(name, '1'), [/is no name of a sysctl/], name);
  t.match(set('net.core.somaxconn', '""'), [/must have a value/]);
  t.match(set('net.core.somaxconn', '"1\\n2"'), [/must have a value/]);
  t.match(set('net.ipv4.ip_forward', '0'), [/must not be 0/]);
  t.same(set('net.ipv6.conf.all.forwarding', '0'), [], 'without a range of IPv6');
});

test('a command that restarts Docker begins with the path of a program', async (t) => {
  t.same(faults('network: {docker: {restart: [/usr/sbin/service, docker, restart]}}'), []);
  t.match(faults('network: {docker: {restart: [service, docker, restart]}}'), [
    /network\.docker\.restart: must begin with the absolute path/,
  ]);
  t.match(faults('network: {docker: {restart: []}}'), [/network\.docker\.restart: must begin/]);
});

test('routes between hosts are refused with what there will be', async (t) => {
  t.match(faults('network: {routes: host-gw}'), [
    /network\.routes: routes between hosts come in a later version; leave it at "none"/,
  ]);
});
