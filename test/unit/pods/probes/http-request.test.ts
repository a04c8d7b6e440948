import { test } from 'tap';
import { httpRequestOf, requestTarget } from '../../../../daemon/pods/probes/http-request.ts';
import type { HTTPGetAction } from '../../../../daemon/pods/v1.ts';
import { aContainer } from '../../../support/pod-builders.ts';

const container = aContainer('main', { ports: [{ name: 'web', containerPort: 8080 }] });
const request = (more: Partial<HTTPGetAction> = {}, address = '10.0.0.1') =>
  httpRequestOf({ port: 80, ...more }, container, address, 'probe');
const header = (name: string, value: string) => ({ name, value });

test('a probe goes to the address of the pod, unless it names a host', async (t) => {
  t.match(request(), { secure: false, host: '10.0.0.1', port: 80, path: '/', authority: '10.0.0.1:80' });
  t.match(request({ host: 'db.example', scheme: 'HTTPS' }), { secure: true, authority: 'db.example:80' });
  t.match(request({}, 'fd00::1'), { host: 'fd00::1', authority: '[fd00::1]:80' });
});

test('a port may be a name of the container’s ports, or a number in words', async (t) => {
  t.equal(request({ port: 'web' }).port, 8080);
  t.equal(request({ port: '99' }).port, 99);
  t.throws(() => request({ port: 'nope' }), { code: 'E_PROBE_TARGET' });
  t.throws(() => request({ port: '0' }), { code: 'E_PROBE_TARGET' });
});

test('a probe says who it is, unless the manifest says otherwise', async (t) => {
  t.same(request().headers, ['User-Agent', 'kube-probe/1.36', 'Accept', '*/*']);
  t.same(request({ httpHeaders: [header('user-agent', 'me'), header('ACCEPT', '')] }).headers, ['User-Agent', 'me']);
});

test('headers keep their values and have their canonical names; Host is the authority', async (t) => {
  const httpHeaders = [
    header('x-one', 'a'),
    header('X-One', 'b'),
    header('host', 'web.example'),
    header('trailer', 'x'),
  ];
  t.match(request({ httpHeaders }), {
    authority: 'web.example',
    headers: ['User-Agent', 'kube-probe/1.36', 'Accept', '*/*', 'X-One', 'a', 'X-One', 'b'],
  });
});

test('a path is sent as Go sends it', async (t) => {
  const sent: Readonly<Record<string, string>> = {
    '': '/',
    healthz: '/healthz',
    '/a?b=c&d=%20e': '/a?b=c&d=%20e',
    '/a/../b//c': '/a/../b//c',
    '/a b/ü': '/a%20b/%C3%BC',
    '/a#b': '/a',
    '/50%': '/50%25',
    '//host/path': '/path',
    'http://host:1/path?q': '/path?q',
    '/a:b': '/a:b',
  };
  t.same(Object.fromEntries(Object.keys(sent).map((path) => [path, requestTarget(path)])), sent);
});
