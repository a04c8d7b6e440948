import { test } from 'tap';
import { hostResolver, parseResolvConf, resolvConf } from '../../../../daemon/pods/create/resolv-conf.ts';
import { aPod } from '../../../support/pod-builders.ts';

const host = { nameservers: ['192.0.2.53'], searches: ['example.com'], options: ['edns0'] };
const cluster = { servers: ['10.96.0.10'], domain: 'cluster.local' };
const none = { servers: [], domain: 'cluster.local' };

test('of several search lines the last counts, and options add up', async (t) => {
  const text = '# by hand\nnameserver 192.0.2.53\nsearch a\nsearch b c\noptions ndots:1 rotate\noptions ndots:2\n';
  t.same(parseResolvConf(text), { nameservers: ['192.0.2.53'], searches: ['b', 'c'], options: ['ndots:2', 'rotate'] });
});

test('a pod of a network of its own asks the cluster first', async (t) => {
  t.equal(
    resolvConf(aPod({ hostNetwork: false }), host, cluster).text,
    'search default.svc.cluster.local svc.cluster.local cluster.local example.com\nnameserver 10.96.0.10\noptions ndots:5\n',
  );
});

test('without servers of a cluster, or in the host’s network, a pod asks whom the host asks', async (t) => {
  const asHost = 'search example.com\nnameserver 192.0.2.53\noptions edns0\n';
  t.equal(resolvConf(aPod({ hostNetwork: false }), host, none).text, asHost);
  t.equal(resolvConf(aPod({ hostNetwork: true }), host, cluster).text, asHost);
});

test('with the policy None a pod has what its own dnsConfig says', async (t) => {
  const dnsConfig = { nameservers: ['198.51.100.1'], options: [{ name: 'ndots', value: '1' }] };
  t.equal(
    resolvConf(aPod({ dnsPolicy: 'None', dnsConfig }), host, cluster).text,
    'nameserver 198.51.100.1\noptions ndots:1\n',
  );
});

test('no more than three servers are asked', async (t) => {
  const nameservers = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
  const { text } = resolvConf(aPod({ dnsPolicy: 'Default', dnsConfig: { nameservers } }), host, none);
  t.equal(text.match(/^nameserver /gm)?.length, 3);
});

const resolved = {
  '/etc/resolv.conf': 'nameserver 127.0.0.53\nsearch example.com\n',
  '/run/systemd/resolve/resolv.conf': 'nameserver 192.0.2.53\n',
};
const resolverOf = async (files: Readonly<Record<string, string>>, hostNetwork: boolean) =>
  (await hostResolver(aPod({ hostNetwork }), async (path) => files[path] ?? '')).nameservers;

test('behind a resolver on the host’s loopback, a pod of a network of its own asks the servers behind it', async (t) => {
  t.same(await resolverOf(resolved, false), ['192.0.2.53']);
  t.same(await resolverOf(resolved, true), ['127.0.0.53']);
});

test('a resolver on the host’s loopback is kept where nothing tells what is behind it', async (t) => {
  t.same(await resolverOf({ '/etc/resolv.conf': 'nameserver 127.0.0.1\n' }, false), ['127.0.0.1']);
});

const reasonsOf = (spec: Parameters<typeof aPod>[0], servers: readonly string[] = ['10.96.0.10']) =>
  resolvConf(aPod(spec), host, { servers, domain: 'cluster.local' }).warnings.map(({ reason }) => reason);

test('what was left out to keep the caps is told', async (t) => {
  const nameservers = ['198.51.100.1', '198.51.100.2', '198.51.100.3'];
  const searches = Array.from({ length: 33 }, (_, i) => `s${i}.example`);
  t.same(reasonsOf({ dnsPolicy: 'Default' }), []);
  t.same(reasonsOf({ dnsPolicy: 'Default', dnsConfig: { nameservers } }), ['DNSConfigForming']);
  t.same(reasonsOf({ dnsPolicy: 'Default', dnsConfig: { nameservers, searches } }), Array(2).fill('DNSConfigForming'));
});

test('that there is no cluster to ask is told to who wants to ask it', async (t) => {
  t.same(reasonsOf({ hostNetwork: false }, []), ['MissingClusterDNS']);
  t.same(reasonsOf({ hostNetwork: true }, []), []);
  t.same(reasonsOf({ hostNetwork: true, dnsPolicy: 'ClusterFirstWithHostNet' }, []), ['MissingClusterDNS']);
});

test('a search domain longer than a name can be is left out, and one beyond the length of the line ends the list', async (t) => {
  const searches = [`${'a'.repeat(254)}`, ...Array.from({ length: 10 }, (_, i) => `${i}`.repeat(250))];
  const { text } = resolvConf(aPod({ dnsPolicy: 'None', dnsConfig: { searches } }), host, none);
  t.same(text, `search ${searches.slice(1, 9).join(' ')}\n`);
});

test('the host’s search domains count without their final dot', async (t) => {
  t.same(parseResolvConf('search a.example. . b.example').searches, ['a.example', 'b.example']);
});
