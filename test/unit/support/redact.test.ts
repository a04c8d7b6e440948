import fc from 'fast-check';
import { test } from 'tap';
import { redact } from '../../../daemon/support/redact.ts';

const signs = (alphabet: string, minLength: number, maxLength = minLength) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength, maxLength });

const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const ALNUM = `${LOWER}${LOWER.toUpperCase()}0123456789`;
const BASE64 = `${ALNUM}+/`;
const BASE64URL = `${ALNUM}-_`;
/** As people choose them; what would end a word or a quoted string is in none. */
const password = signs(`${ALNUM}!#$%&*+,-./:;=?@_~`, 8, 40);

const keyBody = fc.array(signs(BASE64, 64), { minLength: 2, maxLength: 6 });
const keyKind = fc.constantFrom('', 'EC ', 'RSA ', 'ENCRYPTED ', 'OPENSSH ');

/** A secret, and a text that holds it as such texts do. */
type Planted = readonly [secret: string, text: string];

const plants: Readonly<Record<string, fc.Arbitrary<Planted>>> = {
  'a private key, its lines joined as logs join them': fc
    .tuple(keyKind, keyBody, fc.constantFrom('\n', '\\n', '\nNov 22 host dockerd[1]: '))
    .map(([kind, lines, end]) => [
      lines[1] ?? '',
      [`-----BEGIN ${kind}PRIVATE KEY-----`, ...lines, `-----END ${kind}PRIVATE KEY-----`].join(end),
    ]),
  'a private key in base64': keyBody.map((lines) => {
    const pem = Buffer.from(`-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`);
    const data = pem.toString('base64');
    return [data.slice(-40), data];
  }),
  'a bootstrap token': fc
    .tuple(signs(`${LOWER}0123456789`, 6), signs(`${LOWER}0123456789`, 16))
    .map(([id, secret]) => [secret, `${id}.${secret}`]),
  'a JWT': fc
    .tuple(signs(BASE64URL, 10, 200), signs(BASE64URL, 10, 900), signs(BASE64URL, 20, 300))
    .map(([header, claims, signature]) => [signature, `eyJ${header}.${claims}.${signature}`]),
  'an Authorization header': fc
    .tuple(fc.constantFrom('Bearer ', 'Basic ', ''), password, fc.constantFrom(': ', '":"', '\\":\\"', '='))
    .map(([scheme, secret, between]) => [secret, `Authorization${between}${scheme}${secret}`]),
  'a bearer token': password.map((secret) => [secret, `bearer ${secret}`]),
  'a password in a URL': fc
    .tuple(password, fc.constantFrom('http', 'https', 'socks5', 'postgres'))
    .map(([secret, scheme]) => [secret, `${scheme}://user:${secret}@proxy.example:3128/path`]),
  'a password in the address of a proxy without a scheme': fc
    .tuple(password, fc.constantFrom('', 'http-proxy=', '"https-proxy": "', '\\"http-proxy\\":\\"'))
    .map(([secret, before]) => [secret, `${before}user:${secret}@proxy.example:3128`]),
  'a token in place of the user of a URL': signs(ALNUM, 20).map((secret) => [secret, `https://${secret}@example/x`]),
  'a query': password.map((secret) => [secret, `https://example/pods?key=${secret}`]),
  'a value by its name': fc
    .tuple(
      fc.constantFrom(
        'password',
        'token',
        'client-key-data',
        'DB_PASSWORD',
        'DB_PASS',
        'DB_PWD',
        'pass',
        'splunk-token',
        '--api-key',
        'clientSecret',
      ),
      fc.constantFrom('=', ': ', '": "', '":"', '\\":\\"', "='"),
      password,
    )
    .map(([name, between, secret]) => [secret, `${name}${between}${secret}`]),
  'the value of an option that stands apart': fc
    .tuple(
      fc.constantFrom('--password', '--token', '--api-key', '-token', '--registry.secret', '--db-pass'),
      fc.constantFrom(
        [' ', ''],
        [' "', '"'],
        ['","', '"'],
        ['\\",\\"', '\\"'],
        ['",\n              "', '"'],
        ['\n  - ', ''],
      ),
      password,
    )
    .map(([option, [between = '', after = ''], secret]) => [secret, ` ${option}${between}${secret}${after}`]),
  'what dockerd was asked, as it logs that while it debugs': fc
    .tuple(
      password,
      fc.constantFrom(
        (body: string) => `level=debug msg=${JSON.stringify(`form data: ${body}`)}`,
        (body: string) => `level=debug msg="handling POST request" form-data=${JSON.stringify(body)} method=POST`,
        (body: string) => `{"form-data":${body},"level":"debug","method":"POST"}`,
      ),
    )
    .map(([secret, logged]) => [secret, logged(JSON.stringify({ Cmd: ['login', secret], Env: [`WORD=${secret}`] }))]),
  'a quoted value with spaces': fc
    .tuple(password, password)
    .map(([a, b]) => [b, JSON.stringify(JSON.stringify({ password: `${a} \\ ${b}` }))]),
  'a number for an environment variable': signs('123456789', 9).map((secret) => [
    secret,
    `"field":"spec.containers[0].env[3].value","message":"must be a string, not the number ${secret}"`,
  ]),
};

/** Half a secret is one too. */
const piecesOf = (secret: string): readonly string[] =>
  Array.from({ length: secret.length - 7 }, (_, at) => secret.slice(at, at + 8));

/** What may stand around it in a file. */
const around = fc.constantFrom(
  '',
  ' ',
  '\n',
  '"',
  "'",
  '{"msg":"',
  '","level":30}\n',
  'text ',
  ', ',
  '-A INPUT -j ACCEPT\n',
);

for (const [name, planted] of Object.entries(plants)) {
  test(`${name} does not survive, whatever stands around it`, async () => {
    fc.assert(
      fc.property(around, planted, around, (before, [secret, text], after) => {
        const { text: left, taken } = redact(before + text + after);
        return piecesOf(secret).every((piece) => !left.includes(piece)) && Object.keys(taken).length > 0;
      }),
      { numRuns: 500 },
    );
  });
}

test('a private key that was cut at either end goes up to there', async (t) => {
  const body = `${'A'.repeat(64)}\n`;
  t.same(redact(`${body}-----END EC PRIVATE KEY-----\nrest`), {
    text: '[redacted:private-key]\nrest',
    taken: { 'private-key': 1 },
  });
  t.same(redact(`before\n-----BEGIN PRIVATE KEY-----\n${body}`).text, 'before\n[redacted:private-key]');
});

test('the secrets of this host go wherever they stand, also those without any form', async (t) => {
  fc.assert(
    fc.property(signs(BASE64URL, 6, 40), fc.string(), fc.string(), (secret, before, after) => {
      const text = redact(`${before}${secret}${after}`, [secret]).text;
      return !text.includes(secret) || '[redacted:own]'.includes(secret);
    }),
  );
  t.same(redact('n1 secret-of-n1 n1', ['secret-of-n1']), { text: 'n1 [redacted:own] n1', taken: { own: 1 } });
});

test('what is no secret stays as it is', async (t) => {
  for (const text of [
    '{"cluster":{"tokenFile":"/etc/bootlet/token","removeToken":false,"servers":["https://10.0.0.1:6443"]}}',
    'TokenFile   /etc/bootlet/token holds the token abcdef',
    '-A POSTROUTING -s 10.22.3.0/24 ! -d 10.0.0.0/8 -m comment --comment "bootlet: masquerade" -j MASQUERADE',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
    'sha256:0f0e0d0c0b0a09080706050403020100ffeeddccbbaa99887766554433221100',
    'docker.io/library/busybox@sha256:0123456789abcdef',
    'image: registry.example:5000/library/busybox:1.36@sha256:0123456789abcdef',
    '7: veth1@if6: <BROADCAST,UP> mtu 1500',
    '--token-file /etc/bootlet/token',
    'default/platform-database   Running',
    'process_cpu_seconds_total{node="n1"} 12.34',
    'error: the token abcdef is not known (E_TOKEN_UNKNOWN)',
  ])
    t.same(redact(text), { text, taken: {} });
});

test('a text of twice the length takes about twice as long, whatever it is made of', async (t) => {
  /** The quickest of three, ms: the machine has other work. */
  const msFor = (text: string): number =>
    Math.min(
      ...[1, 2, 3].map(() => {
        const from = performance.now();
        redact(text);
        return performance.now() - from;
      }),
    );
  for (const unit of [
    '://',
    ':',
    ':a@',
    '@sha256:',
    'eyJ',
    '-----BEGIN',
    'token',
    'token=',
    '--token ',
    '-token',
    ' --a',
    'form data: ',
    'form-data',
    'a',
    '"',
    '\\',
    'authorization:',
    'https://?',
    ' ',
  ]) {
    const text = unit.repeat(2 ** 18 / unit.length);
    const [once, twice] = [msFor(text), msFor(text + text)];
    t.ok(twice < 3 * once + 200, `${JSON.stringify(unit)}: ${Math.round(once)} ms, then ${Math.round(twice)} ms`);
  }
});
