import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { type Certificate, newAuthority } from '../../lab/certificate.ts';
import { newToken } from '../../lab/cluster/token.ts';
import { type FakeApiserver, fakeApiserver, type Handler, json, statusOf } from '../../lab/fake-apiserver.ts';
import { newJoiningHost } from '../../lab/joining-host.ts';
import type { Scope } from '../../lab/scope.ts';
import { until } from '../../lab/until.ts';
import { apiserverCertificate } from '../../support/apiserver-certificate.ts';

/** Nothing may take longer to be told: not even what drips. */
const TOLD_MS = 60_000;

const { authority, certificate, caPem } = await apiserverCertificate();

/** A host that tries to join a server by this authority; resolves with why it cannot, in all words that it has for it. */
const obstacleOf = async (scope: Scope, server: FakeApiserver, ca: string): Promise<string> => {
  const token = newToken();
  const dir = await mkdtemp(join(tmpdir(), 'bl-bad-'));
  scope.teardown(() => rm(dir, { recursive: true, force: true }));
  const caFile = join(dir, 'ca.crt');
  await writeFile(caFile, ca);
  const host = await newJoiningHost(scope, { urls: [server.url], caHash: '' }, { discovery: {}, caFile });
  await host.giveToken(token.text);
  const node = await host.start();
  const found = await until(() => node.state(), { what: 'an obstacle is told', within: TOLD_MS });
  const text = JSON.stringify(found);
  if (text.includes(token.secret)) throw new Error('the token is told');
  return text;
};

const refuses =
  (status: number, reason: string, headers = {}): Handler =>
  (_, response) =>
    json(response, statusOf(status, reason, `it is ${reason}`), status, headers);

const drip: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const timer = setInterval(() => response.write(' '), 500);
  response.on('close', () => clearInterval(timer));
};

const flood: Handler = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' });
  const chunk = Buffer.alloc(1 << 20, 'x');
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on('drain', pour);
  pour();
};

const servers: Readonly<Record<string, { readonly answer: Handler; readonly told: RegExp }>> = {
  HTML: {
    answer: (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>welcome</html>'),
    told: /text\/html/,
  },
  'a redirect': {
    answer: (_, response) => response.writeHead(302, { location: 'https://192.0.2.9/steal' }).end(),
    told: /302/,
  },
  401: { answer: refuses(401, 'Unauthorized'), told: /E_TOKEN_UNKNOWN.*kubeadm token create/ },
  403: { answer: refuses(403, 'Forbidden'), told: /it is Forbidden/ },
  429: { answer: refuses(429, 'TooManyRequests', { 'retry-after': '1' }), told: /429|TooManyRequests/ },
  500: { answer: refuses(500, 'InternalError'), told: /it is InternalError/ },
  'JSON that is cut short': {
    answer: (_, response) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"kind":'),
    told: /E_APISERVER_ANSWER/,
  },
  'slow bytes': { answer: drip, told: /./ },
  'a body without an end': { answer: flood, told: /./ },
};

test('a host that wants to join is told what is wrong with the server', async (t) => {
  for (const [name, { answer, told }] of Object.entries(servers))
    t.test(name, { buffered: true }, async (t) => {
      const server = await fakeApiserver(t, { certificate, handler: answer });
      const text = await obstacleOf(t, server, caPem);
      t.match(text, told);
      t.notMatch(text, /"joined"|192\.0\.2\.9/);
    });
});

const authorities: Readonly<Record<string, { readonly ca: () => string | Promise<string>; readonly told: RegExp }>> = {
  'nothing in it': { ca: () => '', told: /E_CA_INVALID/ },
  'HTML in it': { ca: () => '<html>', told: /E_CA_INVALID/ },
  'a certificate that is cut short': { ca: () => caPem.slice(0, 300), told: /E_CA_INVALID.*cut short/ },
  'a private key beside it': { ca: () => caPem + authority.privatePem, told: /E_CA_PRIVATE_KEY/ },
  'the certificate of no authority': { ca: () => certificate.certificatePem, told: /E_CA_INVALID/ },
  'an authority that expired': { ca: () => pemOf(newAuthority('kubernetes', -1)), told: /E_CA_INVALID.*expired at/ },
  'an authority of tomorrow': {
    ca: () => pemOf(newAuthority('kubernetes', 3650, 1)),
    told: /E_CA_INVALID.*is not valid before/,
  },
  'another authority': { ca: () => pemOf(newAuthority('kubernetes')), told: /E_TLS_UNTRUSTED|E_CLUSTER_\w+/ },
};

const pemOf = async (made: Promise<Certificate>): Promise<string> => (await made).certificatePem;

test('a host that wants to join is told what is wrong with its CA file, and sends no token', async (t) => {
  for (const [name, { ca, told }] of Object.entries(authorities))
    t.test(name, async (t) => {
      const server = await fakeApiserver(t, { certificate });
      t.match(await obstacleOf(t, server, await ca()), told);
      // Of the clock alone, and anonymously.
      t.same(
        server.requests.filter((request) => request !== 'GET /version'),
        [],
      );
    });
});
