import { join } from 'node:path';
import { test } from 'tap';
import { schema } from '../../../daemon/config/schema.ts';
import { ownSecrets } from '../../../daemon/support/own-secrets.ts';
import { redact } from '../../../daemon/support/redact.ts';

const { paths, cluster, pods } = schema.fallback;

test('the secrets of a host are what stands in the files that its configuration names', async (t) => {
  const line = 'MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04fSeQ6tF1aY';
  const dir = t.testdir({
    token: 'abcdef.0123456789abcdef\n',
    headers: 'X-Pods: some word-of-headers\nAccept: application/json\nAuthorization: Bearer word-of-bearer\n',
    state: { pki: { 'current.pem': `-----BEGIN EC PRIVATE KEY-----\r\n${line}\r\n-----END EC PRIVATE KEY-----\n` } },
    kubeconfig: '{"users":[{"user":{"token":"word-of-kubeconfig"}}]}',
  });
  const secrets = await ownSecrets({
    ...schema.fallback,
    paths: { ...paths, state: join(dir, 'state'), kubeconfig: join(dir, 'kubeconfig') },
    cluster: { ...cluster, tokenFile: join(dir, 'token') },
    pods: {
      ...pods,
      http: [
        { url: 'https://h', headersFile: join(dir, 'headers'), caFile: '', intervalSeconds: 20, allowInsecure: false },
      ],
    },
  });
  const pieces = ['MHcCAQEEIIrYSSNQ', 'FaA2Hwf1duRSxKtL', 'YX5CB04fSeQ6tF1a'];
  const words = [
    'abcdef.0123456789abcdef',
    '0123456789abcdef',
    'word-of-headers',
    'word-of-bearer',
    'word-of-kubeconfig',
  ];
  t.same(secrets.toSorted(), [...pieces, ...words].toSorted());
  t.same(
    redact(`dockerd: ${line.slice(0, 40)}…`, secrets).text,
    `dockerd: ${'[redacted:own]'.repeat(2)}${line.slice(32, 40)}…`,
    'a part of a key too',
  );
  t.equal(
    redact('Bearer of-another', secrets).text,
    'Bearer [redacted:bearer]',
    'the scheme of a header is none of them: it marks the secrets of others',
  );
});

test('a host that has none of these files has no secrets', async (t) => {
  const dir = t.testdir();
  const config = {
    ...schema.fallback,
    paths: { ...paths, state: dir, kubeconfig: join(dir, 'none') },
    cluster: { ...cluster, tokenFile: dir },
  };
  t.same(await ownSecrets(config), []);
});
