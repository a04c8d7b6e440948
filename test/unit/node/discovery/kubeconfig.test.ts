import fc from 'fast-check';
import { test } from 'tap';
import { stringify } from 'yaml';
import { BootletError } from '../../../../daemon/errors.ts';
import { parseKubeconfig } from '../../../../daemon/node/discovery/kubeconfig.ts';
import { clusterInfoKubeconfig } from '../../../lab/cluster/rbac.ts';

const FILE = '/etc/kubernetes/discovery.conf';
const SERVER = 'https://192.0.2.1:6443';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const config = (cluster: object, user: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Config',
  clusters: [
    { name: 'other', cluster: { server: 'https://other' } },
    { name: 'c', cluster: { server: SERVER, ...cluster } },
  ],
  users: [
    { name: 'other', user: { token: 'other' } },
    { name: 'u', user },
  ],
  contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
  'current-context': 'x',
});
const parse = (value: object | string) => parseKubeconfig(typeof value === 'string' ? value : stringify(value), FILE);

test('the kubeconfig of cluster-info, which has one cluster without a name', async (t) => {
  const empty = { token: undefined, certificate: undefined };
  t.same(parse(clusterInfoKubeconfig(SERVER, 'PEM')), { server: SERVER, authority: { data: 'PEM' }, ...empty });
});

test('cluster and user are those of the current context', async (t) => {
  t.match(parse(config({ 'certificate-authority-data': base64('CA') }, { token: 'secret' })), {
    server: SERVER,
    authority: { data: 'CA' },
    token: 'secret',
    certificate: undefined,
  });
  const files = { 'client-certificate': 'a.crt', 'client-key-data': base64('KEY') };
  t.match(parse(config({ 'certificate-authority': 'ca.crt' }, files)), {
    authority: { file: 'ca.crt' },
    token: undefined,
    certificate: { certificate: { file: 'a.crt' }, key: { data: 'KEY' } },
  });
});

test('what would run a program, trust anyone or go another way is refused', async (t) => {
  const refused = (value: object, message: RegExp) =>
    t.throws(() => parse(value), { code: 'E_KUBECONFIG', retryable: false, message });
  refused(config({ 'insecure-skip-tls-verify': true }), /trusts whoever answers \(insecure-skip-tls-verify\)/);
  refused(config({ 'proxy-url': 'http://proxy' }), /goes through a proxy/);
  refused(config({ 'tls-server-name': 'name' }), /expects another name/);
  refused(config({}, { exec: { command: 'sh' } }), /runs a program for its credentials \(exec\)/);
  refused(config({}, { 'auth-provider': { name: 'gcp' } }), /runs a plugin/);
  refused(config({}, { username: 'a', password: 'b' }), /has a password/);
  refused(config({}, { as: 'admin' }), /acts as somebody else/);
  refused(config({ server: 'http://192.0.2.1' }), /not of https/);
  refused(config({}, { 'client-key-data': base64('KEY') }), /without the other/);
  t.ok(parse(config({ 'insecure-skip-tls-verify': false })));
});

test('what is no kubeconfig is refused for what it is', async (t) => {
  const refused = (value: object | string, message: RegExp) =>
    t.throws(() => parse(value), { code: 'E_KUBECONFIG', message });
  refused('<html><body>Sign in</body></html>', /is no kubeconfig|is not valid YAML/);
  refused('kind: [', /is not valid YAML/);
  refused('kind: Config\nkind: Config\n', /is not valid YAML/);
  refused('kind: Pod\n', /kind is not Config/);
  refused({ kind: 'Config', clusters: [] }, /names no cluster/);
  refused({ ...config({}), 'current-context': undefined }, /has several clusters and no current-context/);
  refused({ ...config({}), 'current-context': 'y' }, /has no context of the name/);
  refused({ ...config({}), clusters: [] }, /has no cluster of the name/);
  refused(config({ 'certificate-authority-data': 'not base64!' }), /certificate-authority-data that is not base64/);
  refused('kind: Config\na: &a [x]\nb: [*a, *a]\n', /is no kubeconfig/);
});

test('whatever a text is, the fault is that it is none, and nothing of it is told', async () => {
  const secrets = fc.stringMatching(/^[A-Za-z0-9]{24}$/);
  const values = fc.oneof(
    secrets,
    fc.constant(null),
    fc.integer(),
    fc.array(secrets),
    fc.dictionary(fc.string(), secrets),
  );
  const fields = ['server', 'certificate-authority-data', 'token', 'exec', 'client-key', 'proxy-url', 'username'];
  const some = fc.dictionary(fc.constantFrom(...fields), values);
  const configs = fc.tuple(some, some).map(([cluster, user]) => stringify(config(cluster, user)));
  fc.assert(
    fc.property(fc.oneof(configs, fc.string()), (text) => {
      try {
        parse(text);
        return true;
      } catch (error) {
        if (!(error instanceof BootletError) || error.code !== 'E_KUBECONFIG') return false;
        return !(text.match(/[A-Za-z0-9]{24}/g) ?? []).some((secret) => error.message.includes(secret));
      }
    }),
  );
});
