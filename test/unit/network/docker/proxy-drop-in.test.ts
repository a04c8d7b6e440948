import fc from 'fast-check';
import { test } from 'tap';
import { dropInText, proxyVariables, shownDropIn } from '../../../../daemon/network/docker/proxy-drop-in.ts';

/** The assignments as systemd reads them: double quotes with C escapes (systemd.syntax(7)), then specifiers (systemd.unit(5)). */
const readBySystemd = (text: string): string[] =>
  [...text.matchAll(/^Environment="(.*)"$/gm)].map(([, value = '']) => {
    const bytes = value
      .replace(/\\(x([0-9a-f]{2})|.)/g, (_, escaped: string, hex?: string) =>
        hex === undefined ? escaped : String.fromCharCode(Number.parseInt(hex, 16)),
      )
      .replaceAll('%%', '%');
    return Buffer.from(bytes, 'latin1').toString();
  });

test('the drop-in has what is configured and what is never to go by a proxy', (t) => {
  const variables = proxyVariables({ proxies: { 'https-proxy': 'http://p:3128', 'no-proxy': '.lan' } }, [
    '10.22.3.0/24',
  ]);
  t.match(
    dropInText(variables ?? new Map()),
    /^#.*\n\[Service\]\nEnvironment="HTTPS_PROXY=http:\/\/p:3128"\nEnvironment="NO_PROXY=.lan,10.22.3.0\/24"\n$/,
  );
  t.end();
});

test('without a proxy there is none', (t) => {
  t.equal(proxyVariables({}, ['a']), undefined);
  t.equal(proxyVariables({ proxies: { 'http-proxy': '', 'no-proxy': 'b' } }, ['a']), undefined);
  t.end();
});

test('percent signs, quotes, backslashes, spaces and lines stay one value of one variable', (t) => {
  const value = 'http://a%20b:"c\\d\' e"@p\n[Service]\nExecStart=/bin/false\té';
  const text = dropInText(new Map([['HTTP_PROXY', value]]));
  t.match(text, 'HTTP_PROXY=http://a%%20b:\\"c\\\\d\' e\\"@p\\x0a[Service]\\x0aExecStart=/bin/false\\x09\\xc3\\xa9"\n');
  t.same(readBySystemd(text), [`HTTP_PROXY=${value}`]);
  t.end();
});

test('systemd reads whatever text as it is configured', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      const text = dropInText(new Map([['HTTP_PROXY', value]]));
      t.same(readBySystemd(text), [`HTTP_PROXY=${value}`]);
      t.equal(text.split('\n').length, 4, 'one line');
    }),
  );
  t.end();
});

test('it is shown without names and passwords', (t) => {
  const shown = (value: string) =>
    shownDropIn(dropInText(new Map([['HTTP_PROXY', value]])))
      ?.split('\n')
      .at(-1);
  t.equal(shown('http://user:secret@p:3128'), 'Environment="HTTP_PROXY=http://xxxxx@p:3128"');
  t.equal(shown('http://user:sec/r@et@p:3128'), 'Environment="HTTP_PROXY=http://xxxxx@p:3128"');
  t.equal(shown('user:secret@p:3128'), 'Environment="HTTP_PROXY=xxxxx@p:3128"', 'without a scheme');
  t.equal(shown('http://p:3128'), 'Environment="HTTP_PROXY=http://p:3128"');
  t.notMatch(shownDropIn("Environment='A=b' 'HTTPS_PROXY=http://user:secret@p'"), 'secret', "somebody else's");
  t.equal(shownDropIn(undefined), undefined);
  t.end();
});
