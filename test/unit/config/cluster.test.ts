import { test } from 'tap';
import { readConfig } from '../../../daemon/config/read.ts';

const PIN = `sha256:${'0'.repeat(64)}`;

/** FIELD: MESSAGE of each fault. */
const faults = (cluster: string): readonly string[] =>
  readConfig([{ path: '/etc/0.yaml', text: `cluster: {${cluster}}` }], 'host')
    .issues.filter(({ code }) => code === 'E_CONFIG_INVALID')
    .map(({ field, message }) => `${field}: ${message}`);

test('a cluster is given with something to know it by', async (t) => {
  const unknown = [/^cluster\.servers: must come with something to know the cluster by/];
  t.same(faults('servers: []'), []);
  t.match(faults('servers: [https://a:6443]'), unknown);
  t.same(faults(`servers: [https://a:6443], discovery: {caCertHashes: ["${PIN}"]}`), []);
  t.same(faults('servers: [https://a:6443], caFile: /etc/ca.crt'), []);
  t.same(faults('servers: [https://a:6443], discovery: {file: /etc/discovery.conf}'), []);
  t.same(faults('servers: [https://a:6443], discovery: {unsafeSkipCAVerification: true}'), []);
  t.match(faults('auth: token, servers: [https://a], discovery: {unsafeSkipCAVerification: true}'), unknown);
});

test('a pin is sha256 and its hexadecimal digits', async (t) => {
  const pinned = (pin: string) => faults(`servers: [https://a], discovery: {caCertHashes: ["${pin}"]}`);
  t.same(pinned(`SHA256:${'AB'.repeat(32)}`), []);
  for (const pin of ['', 'sha256:', '0'.repeat(64), `${PIN}0`, `sha512:${'0'.repeat(64)}`])
    t.match(pinned(pin), [/^cluster\.discovery\.caCertHashes\[0\]: must be sha256: and 64 hexadecimal digits/], pin);
});

test('plain HTTP is asked for by name, and for all servers', async (t) => {
  t.same(faults('auth: none, servers: ["http://a:8080", "http://b:8080"]'), []);
  t.match(faults('servers: ["http://a:8080"]'), [
    /^cluster\.servers: must be https:.* only where cluster\.auth is none/,
  ]);
  t.match(faults('auth: none, caFile: /etc/ca.crt, servers: ["http://a", "https://b"]'), [/must be all http/]);
});

test('a discovery file is a path or an https address, and says what nothing else says', async (t) => {
  t.same(faults('discovery: {file: /etc/discovery.conf}'), []);
  t.same(faults('servers: [https://a], discovery: {file: "https://web/discovery.conf"}'), []);
  t.match(faults('discovery: {file: "https://web/discovery.conf"}'), [/must come with cluster\.servers/]);
  t.match(faults('caFile: /etc/ca.crt, discovery: {file: /etc/discovery.conf}'), [
    /must be empty where caFile is given/,
  ]);
  t.match(faults('discovery: {file: "http://web/discovery.conf"}'), [/must be an absolute path or an https address/]);
});

test('a server is an address alone, and there once', async (t) => {
  const known = `discovery: {caCertHashes: ["${PIN}"]}`;
  t.same(faults(`servers: ["https://a:6443/", "https://b:6443", "https://[2001:db8::1]:6443"], ${known}`), []);
  for (const server of ['https://a/api', 'https://a?x=1', 'https://u:p@a'])
    t.match(
      faults(`servers: ["${server}"], ${known}`),
      [/^cluster\.servers: must be https:\/\/HOST:PORT each/],
      server,
    );
  t.match(faults(`servers: ["https://a", "https://a:443/"], ${known}`), [/must not have a server twice/]);
  t.match(faults(`servers: ["not an address"], ${known}`), [/http or https address/]);
});

test('a client certificate is given with its key', async (t) => {
  const given =
    'auth: client-certificate, caFile: /etc/ca.crt, servers: [https://a], clientCertificateFile: /etc/n.pem';
  t.match(faults(given), [/^cluster\.auth: client-certificate needs/]);
  t.same(faults(`${given}, clientKeyFile: /etc/n.pem`), []);
});
