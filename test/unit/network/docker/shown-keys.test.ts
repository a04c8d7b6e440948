import { test } from 'tap';
import { shownKeys } from '../../../../daemon/network/docker/shown-keys.ts';

const shown = (proxy: string): string =>
  shownKeys('/etc/docker/daemon.json', '{}', JSON.stringify({ proxies: { 'http-proxy': proxy } })).after;

const proxies: readonly (readonly [what: string, proxy: string, shown: string])[] = [
  ['a name and a password', 'http://user:secret@p:3128', 'http://xxxxx@p:3128'],
  ['a password with a slash', 'http://user:se/cr/et@p:3128', 'http://xxxxx@p:3128'],
  ['a name with a slash', 'http://us/er:secret@p:3128', 'http://xxxxx@p:3128'],
  ['a password with an @', 'http://user:sec@ret@p:3128', 'http://xxxxx@p:3128'],
  ['a password with a quote and a space', 'http://user:se"c ret@p:3128', 'http://xxxxx@p:3128'],
  ['a password in an address without a scheme', 'user:secret@p:3128', 'xxxxx@p:3128'],
];
for (const [what, proxy, expected] of proxies) {
  test(`${what} is not shown`, async (t) => {
    t.equal(shown(proxy), `"proxies": {"http-proxy":"${expected}"}`);
  });
}

test('an address without credentials is shown as it is', async (t) => {
  t.equal(shown('http://p:3128/a/b'), '"proxies": {"http-proxy":"http://p:3128/a/b"}');
});
